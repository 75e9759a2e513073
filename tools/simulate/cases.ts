import { GIB, KIB, MIB, ShoalError } from '#core';
import type { ScenarioOptions } from './scenario.js';

/** What a case must stay below in `npm test`, with its small file. */
export interface Limits {
  /** Slowest healthy peer over the fluid bound. */
  readonly slowest: number;
  /** Bytes that the seeders sent, over the file. */
  readonly seeder?: number;
  /** Wasted bytes over needed bytes; 0.02 when left out. */
  readonly waste?: number;
  /** Bytes over the links between racks, over the file. */
  readonly far?: number;
}

/** A kind of swarm with a name. */
export interface SimulationCase {
  readonly name: string;
  readonly title: string;
  /** 64 MiB in chunks of 64 KiB over 50 Mbit/s unless they say otherwise. */
  readonly options: Partial<ScenarioOptions>;
  /** Replaces some of them in `npm test`: 16 MiB unless it says otherwise. Cases without limits are not run there. */
  readonly small?: Partial<ScenarioOptions>;
  readonly limits?: Limits;
  /** Takes minutes: only by name, not as one of `all`. */
  readonly isLong?: boolean;
}

const MBIT = 125_000;

/** Named as `npm run bench -- shaped` names them: the same swarms on real links. */
const AS_SHAPED: readonly SimulationCase[] = [
  { name: 'n8', title: '8 peers', options: { peers: 8 }, limits: { slowest: 1.06, seeder: 1.06 } },
  { name: 'n16', title: '16 peers', options: {}, limits: { slowest: 1.12, seeder: 1.1 } },
  {
    name: 'n32',
    title: '32 peers, 20 Mbit/s',
    options: { peers: 32, up: 20 * MBIT },
    small: { size: 12 * MIB },
    limits: { slowest: 1.2, seeder: 1.19 },
  },
  {
    name: 'n16-seeder-x2',
    title: '16 peers, a seeder twice as fast',
    options: { seederUp: 100 * MBIT },
    limits: { slowest: 1.1 },
  },
  {
    name: 'n16-one-killed',
    title: '16 peers, one killed',
    options: { kill: 1 / 16 },
    limits: { slowest: 1.12, seeder: 1.1 },
  },
  {
    name: 'n16-slow',
    title: '16 peers, two at a tenth of the rate',
    options: { slow: 1 / 8 },
    limits: { slowest: 1.17 },
  },
  {
    name: 'n16-killed',
    title: '16 peers, two killed',
    options: { kill: 1 / 8 },
    limits: { slowest: 1.13, seeder: 1.12 },
  },
  {
    name: 'n16-slow-killed',
    title: '16 peers, two slow and two killed',
    options: { slow: 1 / 8, kill: 1 / 8 },
    limits: { slowest: 1.18 },
  },
  {
    name: 'n16-loss',
    title: '16 peers, 0.5 % of the packets lost',
    options: { loss: 0.005 },
    limits: { slowest: 1.12 },
  },
  {
    name: 'n16-racks',
    title: 'two racks of 8, 100 Mbit/s between',
    options: { racks: 2 },
    small: { size: 32 * MIB },
    limits: { slowest: 1.1, far: 1.1 },
  },
  {
    name: 'n16-arrivals',
    title: '16 peers, one arrival a second',
    options: { arrivals: 1_000 },
    limits: { slowest: 1.05 },
  },
];

/** A chunk moves as one piece: three events a chunk less, and the same figures (compared with 300 peers). */
const MANY = { size: GIB, up: 1_000 * MBIT, chunk: 2 * MIB, block: 2 * MIB };

/** How things grow: the same file of 512 chunks for ten times as many. */
const GROWTH: readonly SimulationCase[] = [
  {
    name: 'n100',
    title: '100 peers',
    options: { peers: 100 },
    small: { size: 4 * MIB },
    limits: { slowest: 1.8, seeder: 1.75, waste: 0.03 },
  },
  { name: 'grow100', title: '100 peers, 1 Gbit/s, 1 GiB in 512 chunks', options: { ...MANY, peers: 100 } },
  {
    name: 'grow1000',
    title: '1,000 peers, 1 Gbit/s, 1 GiB in 512 chunks',
    options: { ...MANY, peers: 1_000 },
    isLong: true,
  },
  {
    name: 'grow10000',
    title: '10,000 peers, 1 Gbit/s, 1 GiB in 512 chunks',
    options: { ...MANY, peers: 10_000 },
    isLong: true,
  },
];

const SEEDERS: readonly SimulationCase[] = [
  {
    name: 'two-seeders',
    title: '16 peers, two seeders',
    options: { seeders: 2 },
    small: { size: 32 * MIB },
    limits: { slowest: 1.06, seeder: 1.9, waste: 0.01 },
  },
  {
    name: 'four-seeders',
    title: '16 peers, four seeders',
    options: { seeders: 4 },
    small: { size: 32 * MIB },
    limits: { slowest: 1.07, seeder: 2.9, waste: 0.01 },
  },
  {
    name: 'resume',
    title: '16 peers that each have another half',
    options: { resume: 0.5 },
    limits: { slowest: 1.08, seeder: 0.55 },
  },
];

const TROUBLE: readonly SimulationCase[] = [
  {
    name: 'silent',
    title: '20 peers, two fall silent',
    options: { peers: 20, freeze: 0.1 },
    limits: { slowest: 1.24 },
  },
  {
    name: 'liars',
    title: '20 peers, two lie',
    options: { peers: 20, liars: 0.1 },
    limits: { slowest: 1.3 },
  },
];

const LINKS: readonly SimulationCase[] = [
  {
    name: 'fast-down',
    title: '8 peers, downlinks twice as fast as uplinks',
    options: { peers: 8, down: 100 * MBIT },
    limits: { slowest: 1.06, seeder: 1.06 },
  },
  {
    name: '5mbit',
    title: '8 peers, 5 Mbit/s',
    options: { peers: 8, up: 5 * MBIT },
    limits: { slowest: 1.06 },
  },
  {
    name: '1gbit',
    title: '8 peers, 1 Gbit/s, chunks of 128 KiB',
    options: { peers: 8, up: 1_000 * MBIT, size: 256 * MIB, chunk: 128 * KIB },
    small: { size: 64 * MIB },
    limits: { slowest: 1.08 },
  },
  {
    name: '10gbit',
    title: '8 peers, 10 Gbit/s, 0.05 ms, chunks of 1 MiB',
    options: { peers: 8, up: 10_000 * MBIT, size: 2 * GIB, chunk: MIB, latency: 0.05 },
    small: { size: 512 * MIB },
    limits: { slowest: 1.08 },
  },
  {
    name: '10ms',
    title: '8 peers, 10 ms one way',
    options: { peers: 8, latency: 10 },
    limits: { slowest: 1.12 },
  },
  {
    name: '100ms',
    title: '4 peers, 100 ms one way, chunks of 256 KiB',
    options: { peers: 4, latency: 100, size: 256 * MIB, chunk: 256 * KIB },
    small: { size: 128 * MIB },
    limits: { slowest: 1.11 },
  },
];

const RACKS: readonly SimulationCase[] = [
  {
    name: 'two-racks',
    title: 'two racks of 12, 100 Mbit/s between',
    options: { racks: 2, peers: 24 },
    limits: { slowest: 1.37, far: 1.3 },
  },
  {
    name: 'four-racks',
    title: 'four racks of 6, 100 Mbit/s between any two',
    options: { racks: 4, peers: 24 },
  },
];

export const CASES: readonly SimulationCase[] = [
  ...AS_SHAPED,
  ...SEEDERS,
  ...TROUBLE,
  ...LINKS,
  ...RACKS,
  ...GROWTH,
];

const ORDINARY: Partial<ScenarioOptions> = { size: 64 * MIB, chunk: 64 * KIB };

export const optionsOf = ({ options }: SimulationCase): Partial<ScenarioOptions> => ({
  ...ORDINARY,
  ...options,
});

/** As `npm test` runs it. With few chunks the last ones weigh much: the limits are those of so few. */
export const smallOptionsOf = ({ options, small }: SimulationCase): Partial<ScenarioOptions> => ({
  ...ORDINARY,
  ...options,
  size: 16 * MIB,
  ...small,
});

/** @throws ShoalError `bad-config` for a name that there is not */
export const casesNamed = (names: readonly string[]): readonly SimulationCase[] => {
  if (names.includes('all')) return CASES.filter(({ isLong }) => isLong !== true);
  return names.map((wanted) => {
    const found = CASES.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    const known = CASES.map(({ name }) => name).join(', ');
    throw new ShoalError('bad-config', `there is no case "${wanted}"`, { hint: `There are all, ${known}.` });
  });
};
