// Runs a program of the benchmark in a fresh process of its own: a request goes in and a result comes out as JSON.
// SPDX-License-Identifier: MIT

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ANSWER_BYTES = 2 ** 20;

/** Starts `program`, a file of this folder, which answers by `answer`; its error is thrown here. */
export async function askChild<Request extends { readonly threads: number }, Answer>(
  program: string,
  request: Request,
): Promise<Answer> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const args = ['--import=tsx', file, JSON.stringify(request)];
  const env = { ...process.env, NATIVE_CONV_THREADS: String(request.threads) };
  const { stdout } = await execute(process.execPath, args, { env, maxBuffer: ANSWER_BYTES }).catch(
    (failure: Error & { readonly stderr?: string }) => {
      throw new Error(lastError(failure.stderr ?? '') ?? failure.message, { cause: failure });
    },
  );
  // Libraries that print on their own account do so before the answer.
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Answer;
}

/** The message of the last error that a program printed. */
function lastError(printed: string): string | undefined {
  return [...printed.matchAll(/^\w*Error: (.*)$/gm)].at(-1)?.[1];
}

/** In the child: computes the answer to the request on the command line. */
export async function answer<Request, Answer>(compute: (request: Request) => Promise<Answer>): Promise<void> {
  console.log(JSON.stringify(await compute(JSON.parse(process.argv[2]) as Request)));
}
