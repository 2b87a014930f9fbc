// The benchmark's medians and means, and how close to the machine's limit a result is.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { limitMs } from '../../benchmarks/report.ts';
import { geometricMean, median } from '../../benchmarks/statistics.ts';

describe("benchmark's statistics", () => {
  it('finds the middle, in whatever order, and leaves the values as they are', () => {
    const values = [9, 1, 5];
    expect(median(values)).to.equal(5);
    expect(values).to.deep.equal([9, 1, 5]);
    expect(median([10, 2, 4, 100])).to.equal(7);
    expect(median([3])).to.equal(3);
  });

  it('averages ratios so that half as fast undoes twice as fast', () => {
    expect(geometricMean([2, 0.5])).to.be.closeTo(1, 1e-12);
    expect(geometricMean([8, 1, 1])).to.be.closeTo(2, 1e-12);
  });

  it('limits by operations or by traffic, at the rate of the smallest copy that is large enough', () => {
    const limits = {
      fmaGflops: 100,
      copies: [
        { bytes: 1e6, gigabytesPerSecond: 100 },
        { bytes: 1e9, gigabytesPerSecond: 10 },
      ],
    };
    expect(limitMs({ multiplyAdds: 50e6, bytes: 1e6 }, limits)).to.be.closeTo(1, 1e-12);
    expect(limitMs({ multiplyAdds: 0, bytes: 1e6 }, limits)).to.be.closeTo(0.01, 1e-12);
    expect(limitMs({ multiplyAdds: 0, bytes: 2e6 }, limits)).to.be.closeTo(0.2, 1e-12);
    expect(limitMs({ multiplyAdds: 0, bytes: 2e9 }, limits)).to.be.closeTo(200, 1e-9);
  });
});
