// What the library is meant to reach, and whether a report reaches it. Every target is a number for each shape that it
// applies to, with a minimum for each of them, and for most also one for their geometric mean.
// SPDX-License-Identifier: MIT

import {
  type Comparison,
  ONEDNN,
  ONEDNN_BLOCKED,
  OPENCV_JS,
  ORT,
  ratioTo,
  SHARP,
  WASM,
} from './comparisons.ts';
import { AUTO, AUTO_OUT, REPRODUCIBLE, REPRODUCIBLE_OUT } from './native-conv.ts';
import { findResult, type Report, type Summary } from './report.ts';
import { geometricMean } from './statistics.ts';

/** Beside busy processes; of gradients. */
type SpecialRun = 'busy' | 'gradients';

interface Target {
  readonly name: string;
  /** Minimum of the geometric mean over the suite. */
  readonly mean?: number;
  /** Minimum on every shape. */
  readonly each: number;
  /** Whether the minimum on every shape or the mean applies to a shape. */
  applies?(result: Summary, scope: 'mean' | 'each'): boolean;
  /** What is compared with the minima; nothing where the report does not say. `result` is that of `ours`. */
  value(report: Report, result: Summary): number | undefined;
  /** Whose results are judged, at how many threads. */
  readonly ours: string;
  readonly threads: number;
  readonly unit: '×' | '%';
  /** The kind of run that it is judged by, and no other; most are by runs of no special kind. */
  readonly judgedBy?: SpecialRun;
}

function over(comparison: Comparison): Target['value'] {
  return (report, result) => ratioTo(comparison, report, result);
}

function named(pattern: RegExp): Target['applies'] {
  return ({ shape }) => pattern.test(shape);
}

function peakShare(name: string, shapes: RegExp, minimum: number): Target {
  return {
    name: `% of the FMA peak, ${name}, \`${REPRODUCIBLE_OUT.name}\``,
    each: minimum,
    applies: named(shapes),
    value: (_, result) => (result.peakShare === undefined ? undefined : 100 * result.peakShare),
    ours: REPRODUCIBLE_OUT.name,
    threads: 1,
    unit: '%',
  };
}

/** Names of the image suite's tasks. */
const IMAGE_NAMES = /^(filter[357]x[357]$|gauss5x5|gauss_s2|box\d+x\d+|resize_|to_tensor_)/;

function imageTarget(name: string, peer: Comparison, tasks: RegExp, each: number): Target {
  const ours = peer.sameMemory ? AUTO_OUT : AUTO;
  return ratioTarget(`${name}, \`${ours.name}\``, ours.name, 1, over(peer), { each, applies: named(tasks) });
}

/** A target of so many times another time, which `name` says. */
function ratioTarget(
  name: string,
  ours: string,
  threads: number,
  value: Target['value'],
  minima: Pick<Target, 'mean' | 'each' | 'applies' | 'judgedBy'>,
): Target {
  return { name, ours, threads, value, unit: '×', ...minima };
}

const auto = AUTO.name;
const BIG_WORK = 50e6; // multiply-adds: 100 MFLOP

const TARGETS: readonly Target[] = [
  ratioTarget('onnxruntime, 1 thread, `auto`', auto, 1, over(ORT), { mean: 3.5, each: 1.05 }),
  ratioTarget('onnxruntime, 1 thread, `reproducible`', REPRODUCIBLE.name, 1, over(ORT), {
    mean: 2.4,
    each: 1,
  }),
  ratioTarget('oneDNN, the better of plain and b+r, `auto-out`', AUTO_OUT.name, 1, over(ONEDNN), {
    mean: 2,
    each: 1,
  }),
  ratioTarget('tfjs-wasm (NHWC), `auto`', auto, 1, over(WASM), { mean: 10, each: 2 }),
  ratioTarget('onnxruntime, 2 threads, `auto`', auto, 2, over(ORT), { mean: 3.5, each: 1.05 }),
  ratioTarget('2 threads over 1, `auto`; the mean where there are over 100 MFLOP', auto, 2, overOneThread, {
    mean: 1.85,
    each: 1,
    applies: ({ shape, multiplyAdds }, scope) =>
      !IMAGE_NAMES.test(shape) && (scope === 'each' || multiplyAdds > BIG_WORK),
  }),
  peakShare('3×3 with ≥ 64 channels', /^(r3x3|batch8_3x3)_(64|128|256|512)_/, 90),
  peakShare('stride 2', /^r3x3s2/, 88),
  peakShare('stem', /^stem/, 86),
  peakShare('1×1', /^p1x1_(?!65_)/, 87),
  peakShare('3-D', /^c3d_64/, 89),
  peakShare('3-D, 3 channels in', /^c3d_3/, 82),
  peakShare('1-D', /^c1d_80/, 90),
  peakShare('8-channel groups', /^group32/, 75),
  peakShare('odd channels and sizes', /^r3x3_33_41$/, 88),
  ratioTarget('onnxruntime, Winograd shapes, `auto`', auto, 1, over(ORT), {
    each: 2.5,
    applies: named(/^(r3x3|batch8_3x3)_(64|128|256)_/),
  }),
  ratioTarget('oneDNN blocked, depthwise, `auto-out`', AUTO_OUT.name, 1, over(ONEDNN_BLOCKED), {
    each: 1,
    applies: named(/^dw/),
  }),
  ratioTarget('an even neighbour, per multiply-add, `auto`', auto, 1, overNeighbour, { each: 1 / 1.5 }),
  ratioTarget('3 µs for a call of 1×1×8×8, `auto`', auto, 1, (_, { medianMs }) => 3e-3 / medianMs, {
    each: 1,
    applies: named(/^call_1_8$/),
  }),
  ratioTarget('onnxruntime, 31×31 depthwise, `auto`', auto, 1, over(ORT), {
    each: 10,
    applies: named(/^dw31/),
  }),
  ratioTarget('oneDNN, the better of plain and b+r, gradients, `auto`', auto, 1, over(ONEDNN), {
    mean: 2,
    each: 1,
    judgedBy: 'gradients',
  }),
  imageTarget('opencv.js, `filter2d` 3×3', OPENCV_JS, /^filter3x3/, 35),
  imageTarget('sharp.convolve, `filter2d` 3×3', SHARP, /^filter3x3/, 45),
  imageTarget('opencv.js, `filter2d` 5×5 and 7×7', OPENCV_JS, /^filter[57]x[57]/, 10),
  imageTarget('opencv.js, `gaussianBlur` 5×5', OPENCV_JS, /^gauss5x5/, 25),
  imageTarget('sharp.blur, `gaussianBlur` σ 2', SHARP, /^gauss_s2/, 10),
  imageTarget('sharp.resize, `resize`', SHARP, /^resize/, 4),
  imageTarget('sharp and a loop, `toTensor` to 640²', SHARP, /^to_tensor_640/, 7),
  imageTarget('sharp and a loop, `toTensor` to 224²', SHARP, /^to_tensor_224/, 4),
  ratioTarget('2 threads over 1 beside busy processes, `auto`', auto, 2, overOneThread, {
    each: 1 / 1.2,
    judgedBy: 'busy',
  }),
  ratioTarget('2 threads over 1, images', auto, 2, overOneThread, { each: 1.8, applies: named(IMAGE_NAMES) }),
];

function overOneThread(report: Report, { contestant, shape, medianMs }: Summary): number | undefined {
  const alone = findResult(report, contestant, shape, 1);
  return alone && alone.medianMs / medianMs;
}

/** The speed per multiply-add over that of the neighbour whose sizes fit the tiles. */
function overNeighbour(report: Report, { contestant, shape, threads, gflops }: Summary): number | undefined {
  const neighbour = report.notes[shape]?.neighbour;
  const even = neighbour && findResult(report, contestant, neighbour, threads);
  return even ? gflops / even.gflops : undefined;
}

export interface Loss {
  readonly shape: string;
  readonly value: number;
  readonly limitShare?: number;
}

/** How a report stands to one target. */
export interface Verdict {
  readonly name: string;
  readonly unit: Target['unit'];
  readonly mean?: { readonly minimum: number; readonly value: number; readonly met: boolean };
  readonly each: { readonly minimum: number; readonly met: number; readonly of: number };
  /** Shapes below the minimum, the worst first. */
  readonly losses: readonly Loss[];
}

/** Verdicts on those targets that the report has anything to say about. */
export function judge(report: Report): Verdict[] {
  return TARGETS.flatMap((target) => {
    const verdict = judgeTarget(report, target);
    return verdict === undefined ? [] : [verdict];
  });
}

/** Verdicts on several reports; a target is judged by the first report that says something about it. */
export function judgeAll(reports: readonly Report[]): Verdict[] {
  const verdicts = reports.flatMap(judge);
  const order = TARGETS.map(({ name }) => name);
  return order.flatMap((name) => verdicts.find((verdict) => verdict.name === name) ?? []);
}

function judgeTarget(report: Report, target: Target): Verdict | undefined {
  const { name, unit, ours, threads } = target;
  if (target.judgedBy !== specialRun(report)) return undefined;
  const values = (scope: 'mean' | 'each') =>
    report.results
      .filter((result) => result.contestant === ours && result.threads === threads)
      .filter((result) => target.applies?.(result, scope) ?? true)
      .map((result) => ({ ...pick(result), value: target.value(report, result) }))
      .filter((entry): entry is Loss => entry.value !== undefined);
  const each = values('each');
  if (each.length === 0) return undefined;
  const losses = each.filter(({ value }) => value < target.each).sort((a, b) => a.value - b.value);
  const verdict = {
    name,
    unit,
    each: { minimum: target.each, met: each.length - losses.length, of: each.length },
    losses,
  };
  const averaged = values('mean').map(({ value }) => value);
  if (target.mean === undefined || averaged.length === 0) return verdict;
  const value = geometricMean(averaged);
  return { ...verdict, mean: { minimum: target.mean, value, met: value >= target.mean } };
}

function specialRun({ settings, suite }: Report): SpecialRun | undefined {
  if (settings.busy) return 'busy';
  return suite === 'gradients' ? suite : undefined;
}

function pick({ shape, limitShare }: Summary): Omit<Loss, 'value'> {
  return limitShare === undefined ? { shape } : { shape, limitShare };
}
