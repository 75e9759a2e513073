import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom, type Random } from '#core';
import { GrantPass } from './grant-pass.js';
import { drawn } from './test-support/sketch.js';

const all = (pass: GrantPass): number[] => {
  const granted: number[] = [];
  for (let chunk = pass.grant(undefined, 'a'); chunk !== undefined; chunk = pass.grant(undefined, 'a')) {
    granted.push(chunk);
  }
  return granted;
};

describe('GrantPass', () => {
  it('gives every chunk once and is over then', () => {
    const pass = new GrantPass(4);
    expect(all(pass)).toEqual([0, 1, 2, 3]);
    expect([pass.isOver, pass.grant(undefined)]).toEqual([true, undefined]);
  });

  it('begins where it is told, so that two seeders give different chunks', () => {
    expect(all(new GrantPass(4, { start: 2 }))).toEqual([2, 3, 0, 1]);
    expect(all(new GrantPass(4, { start: 6 }))).toEqual([2, 3, 0, 1]);
  });

  it('is over at once for a file without chunks', () => {
    expect(new GrantPass(0).isOver).toBe(true);
    expect(new GrantPass(0).grant(undefined)).toBeUndefined();
  });

  it('skips what the asker has (resume): that is not the seeder`s alone', () => {
    const pass = new GrantPass(6);
    expect(pass.grant(drawn('**  * '), 'a')).toBe(2);
    expect(pass.grant(undefined, 'b')).toBe(3);
    expect(all(pass)).toEqual([4, 5]);
  });

  it('skips what was seen at somebody, so two passes together cost one file', () => {
    const [one, two] = [new GrantPass(6), new GrantPass(6, { start: 3 })];
    const given: number[] = [];
    while (!one.isOver || !two.isOver) {
      const [first, second] = [one.grant(undefined, 'a'), two.grant(undefined, 'b')];
      if (first !== undefined) two.seenElsewhere(given[given.push(first) - 1] as number, 'a');
      if (second !== undefined) one.seenElsewhere(given[given.push(second) - 1] as number, 'b');
    }
    expect(given.sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('leaves the way of a seeder just ahead, whose last grants are not announced yet', () => {
    const given = (random?: Random): number => {
      const passes = [0, 4].map((start) => new GrantPass(512, { start, ...(random ? { random } : {}) }));
      const secret: [number, number][] = [];
      let grants = 0;
      while (passes.some(({ isOver }) => !isOver)) {
        passes.forEach((pass, seeder) => {
          const chunk = pass.grant(undefined, 'a');
          if (chunk !== undefined && grants++ >= 0) secret.push([seeder, chunk]);
        });
        while (secret.length > 6 || (secret.length > 0 && passes.some(({ isOver }) => isOver))) {
          const [from, chunk] = secret.shift() as [number, number];
          passes[1 - from]?.seenElsewhere(chunk, 'b');
        }
      }
      return grants;
    };
    expect(given()).toBeGreaterThan(900);
    expect(given(seededRandom(1))).toBeLessThan(570);
  });

  it('gives a lost chunk again', () => {
    const pass = new GrantPass(3);
    pass.grant(undefined);
    pass.grant(undefined);
    pass.chunkLost(0);
    expect(all(pass)).toEqual([0, 2]);
  });

  it('gives again what only a peer had that is gone', () => {
    const pass = new GrantPass(6);
    expect([pass.grant(undefined, 'a'), pass.grant(undefined, 'a'), pass.grant(undefined, 'b')]).toEqual([
      0, 1, 2,
    ]);
    pass.seenElsewhere(0, 'a');
    pass.seenElsewhere(1, 'b');
    pass.askerGone('a');
    expect(all(pass)).toEqual([0, 3, 4, 5]);
  });

  it('stays over: what is lost afterwards is an ordinary request`s business', () => {
    const pass = new GrantPass(2);
    all(pass);
    pass.chunkLost(1);
    pass.askerGone('a');
    expect([pass.isOver, pass.grant(undefined)]).toEqual([true, undefined]);
  });

  it('counts a chunk that was sent by request as given', () => {
    const pass = new GrantPass(3);
    pass.gave(1, 'a');
    expect(all(pass)).toEqual([0, 2]);
  });

  it('grants nothing twice, whatever is seen, unless it was lost', () => {
    const step = fc.record({
      what: fc.constantFrom('grant', 'grant', 'seen', 'lost', 'gone'),
      chunk: fc.nat(9),
      who: fc.constantFrom('a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), fc.nat(20), (steps, start) => {
        const pass = new GrantPass(10, { start });
        const out = new Map<number, string>();
        for (const { what, chunk, who } of steps) {
          if (what === 'seen') pass.seenElsewhere(chunk, who);
          if (what === 'lost') pass.chunkLost(chunk);
          if (what === 'lost') out.delete(chunk);
          if (what === 'gone') pass.askerGone(who);
          if (what === 'gone') for (const [given, to] of out) if (to === who) out.delete(given);
          const given = what === 'grant' ? pass.grant(undefined, who) : undefined;
          if (given !== undefined) expect(out.has(given)).toBe(false);
          if (given !== undefined) out.set(given, who);
          pass.checkInvariants();
        }
      }),
    );
  });
});
