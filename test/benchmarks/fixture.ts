// Small reports of the benchmark, made up: times by contestant, shape and threads.
// SPDX-License-Identifier: MIT

import type { Report, Summary } from '../../benchmarks/report.ts';

export type Times = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const LIMITS = { fmaGflops: 100, copies: [{ bytes: 2 ** 30, gigabytesPerSecond: 10 }] };

export function result(contestant: string, shape: string, medianMs: number, threads = 1): Summary {
  const multiplyAdds = 60e6;
  const gflops = (2 * multiplyAdds) / medianMs / 1e6;
  return {
    contestant,
    shape,
    threads,
    description: '1×64×56×56 * 64×64×3×3 padding 1',
    algorithm: contestant === 'auto' ? 'winograd-f4' : '',
    kernel: '',
    medianMs,
    minMs: medianMs * 0.9,
    trialsMs: [medianMs],
    multiplyAdds,
    bytes: 2 ** 20,
    gflops,
    peakShare: gflops / LIMITS.fmaGflops,
    limitShare: gflops / LIMITS.fmaGflops,
    worstError: 1.5,
  };
}

/** A report of `times[contestant][shape]` in milliseconds, for each number of threads. */
export function makeReport(byThreads: Readonly<Record<number, Times>>, more: Partial<Report> = {}): Report {
  const names = new Set(Object.values(byThreads).flatMap((times) => Object.keys(times)));
  return {
    date: '2026-01-02T03:04:05.678Z',
    suite: 'named',
    machine: {
      cpu: 'Some CPU',
      isa: 'avx2',
      node: 'v20.0.0',
      compiler: 'g++ 12',
      processors: 2,
      os: 'linux',
    },
    contestants: [...names].map((name) => ({
      name,
      peer: !/^(auto|reproducible)(-out)?$/.test(name),
      version: '1.2.3',
    })),
    refusals: [],
    notes: {},
    settings: { trials: 3, budgetMs: 100, reuseOutput: false },
    limits: Object.fromEntries(Object.keys(byThreads).map((threads) => [threads, LIMITS])),
    results: Object.entries(byThreads).flatMap(([threads, times]) =>
      Object.entries(times).flatMap(([contestant, shapes]) =>
        Object.entries(shapes).map(([shape, ms]) => result(contestant, shape, ms, Number(threads))),
      ),
    ),
    ...more,
  };
}
