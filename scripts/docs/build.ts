// `npm run docs`: the site in out/docs/, from the declarations of the doors, the README and the pages in docs/. A warning
// of TypeDoc's fails it, and so does a link within the site that leads nowhere. The options are in typedoc.json.
// SPDX-License-Identifier: MIT

import { LinkChecker, LinkState } from 'linkinator';
import { Application, Converter, TSConfigReader, TypeDocReader } from 'typedoc';
import { describeDoors } from './doors.ts';

await build();

async function build(): Promise<void> {
  const app = await Application.bootstrapWithPlugins({}, [new TypeDocReader(), new TSConfigReader()]);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, describeDoors);
  const project = await app.convert();
  if (project === undefined) return fail('the declarations could not be read; `npm run build` makes them');
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) return fail('there were warnings');

  const { links, broken } = await checkLinks(app.options.getValue('out'));
  if (broken.length > 0) return fail(['there are broken links:', ...broken].join('\n'));
  console.log(`${links} links lead somewhere`);
}

function fail(message: string): void {
  console.error(`npm run docs: ${message}`);
  process.exitCode = 1;
}

/** Follows every link that stays within the site, to its anchor. */
async function checkLinks(site: string): Promise<{ readonly links: number; readonly broken: string[] }> {
  const { links } = await new LinkChecker().check({
    path: site,
    recurse: true,
    checkFragments: true,
    linksToSkip: async (url) => /^(?!http:\/\/localhost\b)/.test(url),
  });
  const wrong = links.filter(({ state }) => state === LinkState.BROKEN);
  return {
    links: links.filter(({ state }) => state === LinkState.OK).length,
    broken: wrong.map(({ url, parent }) => `${parent} → ${url}`),
  };
}
