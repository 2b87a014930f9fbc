// The benchmark's image suite: how pictures are compared, and that the contestants that are installed agree.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { checkImages, comparePictures, MEAN_LEVELS } from '../../benchmarks/images/agreement.ts';
import { IMAGE_CONTESTANTS } from '../../benchmarks/images/contestants.ts';
import { IMAGES } from '../../benchmarks/images/suite.ts';
import { describeTask, type ImageTask } from '../../benchmarks/images/task.ts';

const source = { width: 60, height: 40, channels: 3 };
/** The suite's operations on a picture that takes no time. */
const SMALL: readonly ImageTask[] = IMAGES.map((task) =>
  task.operation === 'resize' || task.operation === 'toTensor'
    ? ({ ...task, source, options: { ...task.options, width: 25, height: 20 } } as ImageTask)
    : { ...task, source },
);

describe("benchmark's images", () => {
  const settings = { threads: 1, reuseOutput: false };

  for (const { name, presence, refuses } of IMAGE_CONTESTANTS) {
    it(`${name} agrees with the reference, where it is installed`, async function () {
      if ('missing' in presence()) this.skip();
      this.timeout(20_000);
      for (const task of SMALL) {
        if (refuses(task, settings) !== undefined) continue;
        const report = await checkImages(task, [name], settings);
        expect(report[name].complaint, task.name).to.equal(undefined);
      }
    });
  }

  it('differ by nothing, or by little away from the edges', () => {
    const [task] = SMALL;
    const truth = new Uint8Array(60 * 40 * 3).fill(100);
    const shifted = truth.map((value) => value + 2);
    const edges = truth.map((value, i) => (i < 60 * 8 * 3 ? 0 : value));
    expect(comparePictures(task, truth, truth, true)).to.deep.equal({ worstError: 0 });
    expect(comparePictures(task, edges, truth, true).complaint).to.equal('value 0 is 0, must be 100');
    expect(comparePictures(task, edges, truth, false)).to.deep.equal({ worstError: 0 });
    expect(comparePictures(task, shifted, truth, false).complaint).to.equal(
      `differs by 2.00 levels on the average, more than ${MEAN_LEVELS}`,
    );
    expect(comparePictures(task, truth.subarray(1), truth, false).complaint).to.match(/^has 7199 values/);
  });

  it('are described', () => {
    expect(IMAGES.map(describeTask).slice(0, 4).concat(describeTask(IMAGES[7]))).to.deep.equal([
      '1920×1080×3 filter2d 3×3',
      '1920×1080×3 filter2d 5×5',
      '1920×1080×3 filter2d 7×7',
      '1920×1080×3 gaussianBlur kernelSize 5',
      '1920×1080×3 resize width 640 height 640 filter bilinear',
    ]);
  });
});
