// The version of this package, from its manifest. Layer: beneath everything else in lib/. SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';

/** From lib/ and from dist/. */
const MANIFEST = new URL('../package.json', import.meta.url);
let version: string | undefined;

/** Read on first use and kept. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { readonly version: string }).version;
  return version;
}
