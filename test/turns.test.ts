// Work in steps: all at once, or in turns of the event loop. SPDX-License-Identifier: MIT

import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { finish, finishInTurns, MOST_MS, type Stepwise } from '../lib/turns.ts';

describe('work in steps', () => {
  function* busy(steps: number, ms: number): Stepwise<number> {
    for (let step = 0; step < steps; step++) {
      const end = performance.now() + ms;
      while (performance.now() < end);
      yield;
    }
    return steps;
  }
  const turned = async (steps: Stepwise<number>) => {
    let turns = 0;
    const result = await finishInTurns(steps, () => {
      turns++;
      return setImmediate();
    });
    return { result, turns };
  };

  it('is done at once where nobody waits', () => {
    expect(finish(busy(5, 0))).to.equal(5);
    expect(finish(busy(0, 0))).to.equal(0);
  });

  it('lets the event loop turn once it has computed for a while, and not before', async () => {
    expect(await turned(busy(6, MOST_MS))).to.deep.equal({ result: 6, turns: 6 });
    expect(await turned(busy(0, 0))).to.deep.equal({ result: 0, turns: 0 });
    const { turns } = await turned(busy(12, MOST_MS / 3));
    expect(turns).to.be.within(3, 12);
  });

  it('stops at what a step throws', async () => {
    function* failing(): Stepwise<number> {
      yield;
      throw new Error('no');
    }
    expect(() => finish(failing())).to.throw('no');
    const error = await finishInTurns(failing(), setImmediate).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'no');
  });
});
