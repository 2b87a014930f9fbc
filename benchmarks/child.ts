// Runs a program of the benchmark in a fresh process of its own: a request goes in and a result comes out as JSON.
// SPDX-License-Identifier: MIT

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ANSWER_BYTES = 2 ** 20;
/** No trial takes this long; a process that does hangs, and would hold up the whole run. */
const PATIENCE_MS = 300_000;

/** Starts `program`, a file of this folder, which answers by `answer`; its error is thrown here. */
export async function askChild<Request extends { readonly threads: number }, Answer>(
  program: string,
  request: Request,
): Promise<Answer> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const args = ['--import=tsx', file, JSON.stringify(request)];
  const env = { ...process.env, NATIVE_CONV_THREADS: String(request.threads) };
  const limits = { env, maxBuffer: ANSWER_BYTES, timeout: PATIENCE_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await execute(process.execPath, args, limits).catch((failure: Failure) => {
    throw new Error(whatFailed(failure), { cause: failure });
  });
  // Libraries that print on their own account do so before the answer.
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Answer;
}

interface Failure extends Error {
  readonly stderr?: string;
  readonly signal?: string | null;
}

/** The message of the last error that the program printed, or how it ended. */
export function whatFailed({ stderr = '', signal, message }: Failure): string {
  const printed = [...stderr.matchAll(/^\w*Error: (.*)$/gm)].at(-1)?.[1];
  if (printed !== undefined) return printed;
  if (!signal) return message;
  return `the process was ended by ${signal}; the benchmark itself ends one after ${PATIENCE_MS / 1000} s`;
}

/** In the child: computes the answer to the request on the command line. */
export async function answer<Request, Answer>(compute: (request: Request) => Promise<Answer>): Promise<void> {
  console.log(JSON.stringify(await compute(JSON.parse(process.argv[2]) as Request)));
}
