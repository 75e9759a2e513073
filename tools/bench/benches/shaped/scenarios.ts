import { seededRandom } from '#core';
import type { ShapedPlan } from '../../lab/shaped-lab.js';

const MBIT = 1e6;

/** A case of `shaped`: links, and what happens to hosts. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly lab: ShapedPlan;
  /** Names of the tools beside the system itself. */
  readonly rivals: readonly string[];
  /** Hosts that nobody waits for: they are slow on purpose, the bound is that of the others. */
  readonly slow?: readonly number[];
  /** So many hosts end at a random moment. */
  readonly kills?: number;
  /** Milliseconds between the starts of two hosts; all at once when left out. */
  readonly arrivalMs?: number;
}

const ALL = ['libtorrent', 'aria2', 'webtorrent', 'transmission'];
const BEST = ['libtorrent', 'aria2'];
const FIRST = ['libtorrent'];
const N = 16;
/** A tenth of 16 peers. */
const TENTH = 2;
const SLOW = [N - 1, N];

const equal = (count: number, mbit: number, seeder = mbit): ShapedPlan => ({
  links: Array.from({ length: count + 1 }, (_, host) => {
    const rate = (host === 0 ? seeder : mbit) * MBIT;
    return { up: rate, down: rate };
  }),
});

const withSlow = (plan: ShapedPlan): ShapedPlan => ({
  ...plan,
  links: plan.links.map((link, host) =>
    SLOW.includes(host) ? { up: link.up / 10, down: link.down / 10 } : link,
  ),
});

const plain = (count: number, mbit: number, rivals: readonly string[]): Scenario => ({
  name: `n${count}`,
  title: `${count} receivers, every link ${mbit} Mbit/s both ways, all start at once`,
  lab: equal(count, mbit),
  rivals,
});

/** Of 16 receivers with 50 Mbit/s, unless said otherwise. */
const variants = (): Scenario[] => [
  {
    name: 'n16-seeder-x2',
    title: 'the sender has 100 Mbit/s, the 16 receivers 50',
    lab: equal(N, 50, 100),
    rivals: FIRST,
  },
  {
    name: 'n16-one-killed',
    title: 'one of 16 ends at a random moment; the others are waited for',
    lab: equal(N, 50),
    rivals: FIRST,
    kills: 1,
  },
  {
    name: 'n16-slow',
    title: 'two of 16 have a tenth of the rate; the others are waited for and compared with their own bound',
    lab: withSlow(equal(N, 50)),
    rivals: FIRST,
    slow: SLOW,
  },
  {
    name: 'n16-killed',
    title: 'two of 16 end at random moments; the others are waited for',
    lab: equal(N, 50),
    rivals: FIRST,
    kills: TENTH,
  },
  {
    name: 'n16-slow-killed',
    title: 'two of 16 have a tenth of the rate, two others end at random moments',
    lab: withSlow(equal(N, 50)),
    rivals: FIRST,
    slow: SLOW,
    kills: TENTH,
  },
  {
    name: 'n16-loss',
    title: 'every receiver and the sender lose 0.5 % of the packets that come in',
    lab: { ...equal(N, 50), loss: 0.005 },
    rivals: FIRST,
  },
  {
    name: 'n16-racks',
    title: 'two racks of 8 receivers, 100 Mbit/s each way between them; the sender is in the first',
    lab: { ...equal(N, 50), betweenRacks: 100 * MBIT },
    rivals: FIRST,
  },
  {
    name: 'n16-arrivals',
    title: 'one of 16 begins each second; each is measured from its own start',
    lab: equal(N, 50),
    rivals: FIRST,
    arrivalMs: 1_000,
  },
];

export const fullScenarios = (): Scenario[] => [
  plain(8, 50, ALL),
  plain(16, 50, BEST),
  plain(32, 20, BEST),
  ...variants(),
];

/** Small ones that walk through everything the full ones need. */
export const quickScenarios = (): Scenario[] => [
  plain(2, 50, ALL),
  {
    name: 'n4-everything',
    title: 'two racks, loss, a slow and a killed receiver, arrivals',
    lab: {
      links: equal(4, 50).links.map((link, host) => (host === 4 ? { up: 5 * MBIT, down: 5 * MBIT } : link)),
      loss: 0.005,
      betweenRacks: 100 * MBIT,
    },
    rivals: FIRST,
    slow: [4],
    kills: 1,
    arrivalMs: 200,
  },
];

/**
 * Who ends when, as shares of the bound: the same for every tool in a turn, other ones in the next. Neither slow ones nor
 * the sender.
 */
export const killsOf = (
  scenario: Scenario,
  turn: number,
): readonly { readonly host: number; readonly share: number }[] => {
  const random = seededRandom(turn + 1);
  const hosts = scenario.lab.links
    .map((_, host) => host)
    .filter((host) => host > 0 && !(scenario.slow ?? []).includes(host));
  return Array.from({ length: scenario.kills ?? 0 }, () => ({
    host: hosts.splice(Math.floor(random() * hosts.length), 1)[0] as number,
    share: 0.1 + 0.8 * random(),
  }));
};
