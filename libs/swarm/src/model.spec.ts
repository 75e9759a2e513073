import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield, seededRandom } from '#core';
import { DownloadSwarm } from './download-swarm.js';
import { SwarmModel } from './test-support/model.js';

const IDS = ['a', 'b', 'c', 'd'];
const CHUNKS = 24;

const step = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('deliver', 'deliver', 'begin', 'arrive', 'bytes', 'settle') },
    { weight: 3, arbitrary: fc.constantFrom('have', 'grant', 'wait', 'wait') },
    { weight: 2, arbitrary: fc.constantFrom('add', 'add-granting', 'remove', 'bitfield', 'none') },
    { weight: 1, arbitrary: fc.constantFrom('reject', 'refuse', 'busy', 'long-wait') },
  ),
  who: fc.nat(IDS.length - 1),
  number: fc.nat(1_000_000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const someChunks = (seed: number, share: number): Bitfield => {
  const random = seededRandom(seed);
  const field = new Bitfield(CHUNKS);
  for (let chunk = 0; chunk < CHUNKS; chunk++) if (random() < share) field.set(chunk);
  return field;
};

const apply = (model: SwarmModel, swarm: DownloadSwarm, { what, who, number }: Step): void => {
  const id = IDS[who] as string;
  const chunk = number % CHUNKS;
  const open = model.openChunk(id, number);
  const verifying = [...model.verifying.keys()];
  const waiting = verifying[number % Math.max(1, verifying.length)];
  if (what === 'add' && !model.sources.has(id)) model.add(id, someChunks(number, 0.5), false);
  if (what === 'add-granting' && !model.sources.has(id)) model.add(id, new Bitfield(CHUNKS), true);
  if (what === 'remove') model.remove(id);
  if (what === 'have' && model.sources.get(id)?.granting === false) model.have(id, chunk);
  if (what === 'bitfield') model.bitfield(id, someChunks(number, 0.6));
  if (what === 'grant') model.grant(id, chunk);
  if (what === 'none') model.none(id);
  if (what === 'begin' && open !== undefined) model.begin(id, open);
  if (what === 'bytes') swarm.bytesArrived(id, number % 1_500, model.now);
  if ((what === 'arrive' || what === 'deliver') && open !== undefined) model.arrive(id, open);
  if (what === 'deliver' && open !== undefined) model.settle(open, true);
  if (what === 'settle' && waiting !== undefined) model.settle(waiting, true);
  if (what === 'reject' && waiting !== undefined) model.settle(waiting, false);
  if (what === 'refuse' && open !== undefined) model.refuse(id, open, 'not-held');
  if (what === 'busy' && open !== undefined) model.refuse(id, open, 'busy');
  if (what === 'wait') model.now += number % 300;
  if (what === 'long-wait') model.now += number % 40_000;
};

/** Somebody honest, quick and complete comes and time passes as it must: the download ends. */
const finish = (model: SwarmModel, swarm: DownloadSwarm, done: readonly string[]): void => {
  for (const chunk of [...model.verifying.keys()]) model.settle(chunk, true);
  model.add('honest', Bitfield.full(CHUNKS), false);
  for (let round = 0; round < 2_000 && !swarm.isComplete; round++) {
    model.decide();
    for (const chunk of [...(model.sources.get('honest')?.open ?? [])]) {
      model.arrive('honest', chunk);
      model.settle(chunk, true);
    }
    model.now = Math.max(model.now + 1, swarm.nextDecisionAt(model.now) ?? 0);
  }
  expect([done, swarm.isComplete]).toEqual([done, true]);
};

const settings = fc.constantFrom(
  {},
  { openChunksMin: 2, smallChunksMin: 0 },
  { openChunksMin: 30, depthMin: 8 },
  { depthMin: 1, depthMax: 1, copiesMax: 1 },
);

describe('a download through any events', () => {
  const run = (steps: readonly Step[], seed: number, shares: [number, number], tuned: object): void => {
    const have = someChunks(seed, shares[0]);
    const wanted = shares[1] >= 1 ? Bitfield.full(CHUNKS) : someChunks(seed + 1, shares[1]);
    const swarm = new DownloadSwarm({
      chunkCount: CHUNKS,
      chunkBytes: (chunk) => (chunk === CHUNKS - 1 ? 700 : 1_024),
      have,
      wanted,
      random: seededRandom(seed),
      settings: tuned,
    });
    const model = new SwarmModel(swarm, wanted);
    const done: string[] = [];
    for (const one of steps) {
      done.push(one.what);
      apply(model, swarm, one);
      swarm.checkInvariants();
      model.decide();
    }
    finish(model, swarm, done);
  };

  it('asks nobody twice, nobody in vain, never stands still, and ends', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }),
        fc.nat(10_000),
        fc.tuple(fc.constantFrom(0, 0.3), fc.constantFrom(0.5, 1, 1)),
        settings,
        run,
      ),
      { numRuns: 80, seed: 35 },
    );
  });
});
