// The command line of `npm run bench`.
// SPDX-License-Identifier: MIT

import { Command, InvalidArgumentError, Option } from 'commander';
import { AUTO, REPRODUCIBLE } from './native-conv.ts';
import { contestantsOf, SUITES, type Suite } from './suites.ts';

export interface Options {
  readonly suite: Suite;
  readonly filter: RegExp;
  readonly trials: number;
  readonly budget: number;
  readonly threads: number;
  readonly contestants: readonly string[];
  readonly reuseOutput: boolean;
  /** Busy processes beside the trials. */
  readonly busy: number;
  readonly isa?: string;
  readonly compare?: string;
  readonly json?: string;
}

interface Parsed extends Omit<Options, 'contestants'> {
  readonly peers: boolean;
  readonly reproducible: boolean;
  readonly contestants?: readonly string[];
}

export function parseOptions(): Options {
  const parsed = new Command('npm run bench --')
    .description('Times a suite of layers, one fresh process per trial, and prints medians.')
    .addOption(
      new Option('--suite <name>', 'which shapes').argParser(parseSuite).default(SUITES[0], SUITES[0].name),
    )
    .addOption(
      new Option('--filter <regex>', 'only the shapes whose name matches')
        .argParser(parsePattern)
        .default(/(?:)/, 'all'),
    )
    .option('--peers', 'time the other libraries too (npm run bench:setup installs them)', false)
    .option('--contestants <names>', 'who takes part, separated by commas, instead', parseContestants)
    .option(
      '--reproducible',
      'only algorithms within the numbers contract (with --peers: in any case)',
      false,
    )
    .option('--trials <n>', 'processes per case', parsePositive, 5)
    .option('--budget <ms>', 'time to sample for in each trial, in milliseconds', parsePositive, 250)
    .option('--threads <n>', 'time with n threads too, beside one', parsePositive, 1)
    .option('--busy <n>', 'time beside n processes that keep a processor busy each', parsePositive, 0)
    .option('--reuse-output', 'write into the same output every time, instead of a new one', false)
    .option('--isa <name>', 'cap our instruction set, not that of peers: avx512, avx2, neon or portable')
    .option('--compare <file>', 'print the ratio to an earlier result')
    .option('--json <file>', 'where to write the result (default: benchmarks/results/<time>.json)')
    .addHelpText('after', helpAfter())
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse()
    .opts<Parsed>();
  return { ...parsed, contestants: chooseContestants(parsed) };
}

function helpAfter(): string {
  const width = Math.max(...SUITES.map(({ name }) => name.length));
  const suites = SUITES.map(
    ({ name, description, shapes }) => `  ${name.padEnd(width)}  ${description} (${shapes.length} shapes)`,
  );
  return `
Before anything is timed, all outputs are compared: to the bit where the numbers contract fixes it, others within a
multiple of their rounding error.

Suites:
${suites.join('\n')}

Contestants: ${namesOf(SUITES.slice(0, 1)).join(', ')}
of the suite images: ${namesOf(SUITES.filter(({ name }) => name === 'images')).join(', ')}

Examples:
  npm run bench -- --filter '^r3x3' --trials 9
  npm run bench -- --peers --threads 2
  npm run bench -- --peers --suite images
  npm run bench -- --threads 2 --busy 2
  npm run bench -- --contestants auto,onnxruntime --filter '^dw'
  npm run bench -- --isa avx2 --json avx2.json
  npm run bench -- --isa avx2 --compare avx2.json`;
}

/** Of all that can take part in any of the suites. */
function namesOf(suites: readonly Suite[]): string[] {
  return [...new Set(suites.flatMap(contestantsOf).map(({ name }) => name))];
}

/** Images have no mode but the reproducible one. */
function chooseContestants({ contestants, peers, reproducible, suite }: Parsed): readonly string[] {
  const names = namesOf([suite]);
  if (contestants !== undefined) return contestants;
  if (peers) return names;
  return [reproducible && names.includes(REPRODUCIBLE.name) ? REPRODUCIBLE.name : AUTO.name];
}

function parseSuite(text: string): Suite {
  const suite = SUITES.find(({ name }) => name === text);
  if (suite !== undefined) return suite;
  throw new InvalidArgumentError(`There are: ${SUITES.map(({ name }) => name).join(', ')}.`);
}

function parseContestants(text: string): string[] {
  const names = namesOf(SUITES);
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`'${unknown}' is none; there are: ${names.join(', ')}.`);
  }
  return names.filter((name) => wanted.includes(name));
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive integer.');
}

function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('It must be a regular expression.');
  }
}
