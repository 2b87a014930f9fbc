// Runs documentation examples. What an example prints must be what its comments say, in order:
// `console.log(y.dims); // [1, 8, 30, 30]`. An example in TSDoc may use every export without importing it.
// SPDX-License-Identifier: MIT

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const root = path.join(import.meta.dirname, '..', '..');

export interface Example {
  readonly code: string;
  /** Of its first line. */
  readonly line: number;
}

/** The ```js and ```ts blocks of a Markdown text, or of the comments in a TypeScript file. */
export function extractExamples(text: string): Example[] {
  const examples: Example[] = [];
  for (const match of text.matchAll(/^( *(?:\* )?)```(?:js|ts)\n([\s\S]*?)^ *(?:\* )?```/gm)) {
    const [whole, , body = ''] = match;
    const line = text.slice(0, match.index + whole.indexOf('\n') + 1).split('\n').length;
    examples.push({
      code: body.replace(/^ *\* ?/gm, (prefix) => (prefix.includes('*') ? '' : prefix)),
      line,
    });
  }
  return examples;
}

/** What the example's comments behind `console.log(…);` say that it prints. */
export function promisedOutput(example: Example): string[] {
  return [...example.code.matchAll(/^\s*console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(([, text = '']) =>
    compact(text),
  );
}

/** Node prints `[ 1, 2 ]` and breaks long arrays over lines; examples may write `[1, 2]`. */
function compact(text: string): string {
  return text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/([[{]) /g, '$1')
    .replace(/ ([\]}])/g, '$1');
}

/** Runs an example and returns what it printed: one entry for each call of `console.log`. */
export async function runExample(example: Example, modules: readonly string[] = []): Promise<string[]> {
  const folder = mkdtempSync(path.join(root, 'build-example-'));
  const file = path.join(folder, 'example.ts');
  writeFileSync(file, (await importsFor(example.code, modules)) + withSources(example.code));
  const printed: string[] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => {
    printed.push(compact(format(...values)));
  };
  try {
    await import(pathToFileURL(file).href);
  } finally {
    console.log = log;
    rmSync(folder, { recursive: true });
  }
  return printed;
}

/** The package's doors, as sources: an example then tests the tree, not an earlier build. */
function withSources(code: string): string {
  return code.replace(/(['"])native-conv(\/[a-z]+)?\1/g, (_, quote: string, door?: string) => {
    const file = path.join(root, 'lib', `${door?.slice(1) ?? 'index'}.ts`);
    return `${quote}${pathToFileURL(file).href}${quote}`;
  });
}

/** Imports of those exports that the code uses without declaring them; of two modules' same name, the first's. */
async function importsFor(code: string, modules: readonly string[]): Promise<string> {
  const taken = new Set<string>();
  let imports = '';
  for (const module of modules) {
    const url = pathToFileURL(path.join(root, module)).href;
    const used = Object.keys((await import(url)) as object).filter((name) => {
      const declared = new RegExp(`\\b(?:const|let|function|class|import)\\b[^;=]*\\b${name}\\b`).test(code);
      return !taken.has(name) && !declared && new RegExp(`\\b${name}\\b`).test(code);
    });
    for (const name of used) taken.add(name);
    if (used.length > 0) imports += `import { ${used.join(', ')} } from '${url}';\n`;
  }
  return imports;
}
