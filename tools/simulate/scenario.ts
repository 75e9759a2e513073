import { Bitfield, sample, seededRandom, ShoalError, type Random } from '#core';
import { automaticChunkSize, chunkCountOf } from '#chunking';
import type { HostPlan, NetworkPlan } from '#simulation';

/** What is asked for on the command line; rates in bytes a second, times in milliseconds, shares from 0 to 1. */
export interface ScenarioOptions {
  readonly peers: number;
  readonly size: number;
  readonly chunk?: number;
  readonly up: number;
  readonly down?: number;
  readonly seeders: number;
  readonly seederUp?: number;
  readonly latency: number;
  readonly loss: number;
  readonly arrivals: number;
  readonly slow: number;
  readonly slowFactor: number;
  readonly kill: number;
  readonly freeze: number;
  readonly liars: number;
  readonly resume: number;
  readonly racks: number;
  readonly farRate: number;
  readonly farLatency?: number;
  readonly grants: boolean;
  readonly block?: number;
  readonly seed: number;
}

export const SCENARIO_DEFAULTS: ScenarioOptions = {
  peers: 16,
  size: 64 * 1_048_576,
  up: 6_250_000,
  seeders: 1,
  latency: 0.5,
  loss: 0,
  arrivals: 0,
  slow: 0,
  slowFactor: 10,
  kill: 0,
  freeze: 0,
  liars: 0,
  resume: 0,
  racks: 1,
  farRate: 12_500_000,
  grants: true,
  seed: 1,
};

/** Times the fluid bound of the plain case after which a run gives up. */
const PATIENCE = 60;
/** Chance that a liar's chunk is wrong. */
const LIES = 0.4;

/** @throws ShoalError `bad-config` for numbers that make no network */
export const planOf = (options: ScenarioOptions): NetworkPlan => {
  check(options);
  const random = seededRandom(options.seed);
  const chunkBytes = options.chunk ?? automaticChunkSize(options.size);
  const chunkCount = chunkCountOf(options.size, chunkBytes);
  const rate = options.up / 1_000;
  const span = options.size / rate;
  const { down = options.up, seederUp = options.up, latency, loss, seed, grants } = options;
  return {
    seed,
    chunkCount,
    chunkBytes,
    lastChunkBytes: options.size - (chunkCount - 1) * chunkBytes,
    rate,
    latency,
    loss,
    grants,
    ...(options.racks > 1
      ? { far: { rate: options.farRate / 1_000, latency: options.farLatency ?? latency } }
      : {}),
    ...(options.block === undefined ? {} : { blockBytes: options.block }),
    seeders: times(options.seeders, () => ({ up: seederUp / 1_000 })),
    peers: peersOf(options, { span, down: down / 1_000, chunkCount, random }),
    limit: PATIENCE * span + options.arrivals * options.peers,
  };
};

interface PeerFacts {
  readonly span: number;
  readonly down: number;
  readonly chunkCount: number;
  readonly random: Random;
}

/** Every trouble has peers of its own, drawn at random. */
const peersOf = (options: ScenarioOptions, { span, down, chunkCount, random }: PeerFacts): HostPlan[] => {
  const drawn = sample([...Array(options.peers).keys()], options.peers, random);
  const take = (share: number): Set<number> => new Set(drawn.splice(0, Math.round(share * options.peers)));
  const [slow, killed, frozen, liars] = [options.slow, options.kill, options.freeze, options.liars].map(take);
  return times(options.peers, (index): HostPlan => {
    const slower = slow?.has(index) ? options.slowFactor : 1;
    return {
      up: options.up / 1_000 / slower,
      down: down / slower,
      rack: index % options.racks,
      joinsAt: index * options.arrivals,
      ...(killed?.has(index) ? { diesAt: span * random() } : {}),
      ...(frozen?.has(index) ? { freezesAt: span * random() } : {}),
      ...(liars?.has(index) ? { lies: LIES } : {}),
      ...(options.resume > 0 ? { have: someChunks(chunkCount, options.resume, random) } : {}),
    };
  });
};

const someChunks = (chunkCount: number, share: number, random: Random): Bitfield => {
  const field = new Bitfield(chunkCount);
  for (let chunk = 0; chunk < chunkCount; chunk++) if (random() < share) field.set(chunk);
  return field;
};

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const check = (options: ScenarioOptions): void => {
  const { peers, seeders, racks, slow, kill, freeze, liars, loss, resume } = options;
  for (const [name, value] of Object.entries({ peers, seeders, racks })) {
    if (!Number.isSafeInteger(value) || value < 1) throw bad(`--${name} must be a whole number above 0`);
  }
  for (const [name, value] of Object.entries({ slow, kill, freeze, liars, loss, resume })) {
    if (!(value >= 0 && value < 1)) throw bad(`--${name} must be a share from 0 to below 1, 0.1 for example`);
  }
  if (slow + kill + freeze + liars >= 1)
    throw bad('somebody must be left who is neither slow, dying nor lying');
  if (!(options.up > 0 && options.size > 0)) throw bad('--up and --size must be above 0');
};

const bad = (why: string): ShoalError => new ShoalError('bad-config', why);
