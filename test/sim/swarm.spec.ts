import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield, KIB, seededRandom } from '#core';
import { FIFTY_MBIT, reportOf, World, type HostPlan, type NetworkPlan, type Peer } from '#simulation';

interface Outcome {
  /** When each peer was complete. */
  readonly ends: readonly (number | undefined)[];
  readonly seederShares: readonly number[];
  readonly waste: number;
  readonly nodes: readonly Peer[];
}

const peers = (count: number, plan: (index: number) => HostPlan = () => ({})): HostPlan[] =>
  Array.from({ length: count }, (_, index) => plan(index));
const world = (plan: Partial<NetworkPlan>): Outcome => {
  const world = new World({
    seed: 1,
    chunkCount: CHUNKS,
    chunkBytes: 64 * KIB,
    rate: FIFTY_MBIT,
    latency: 0.5,
    grants: true,
    seeders: [{}],
    peers: peers(8),
    limit: 600_000,
    ...plan,
  });
  world.run();
  const { seederBytes, waste } = reportOf(world);
  const { chunkCount, chunkBytes } = world.plan;
  return {
    ends: world.peers.map((peer) => world.ends.get(peer)),
    seederShares: seederBytes.map((bytes) => bytes / (chunkCount * chunkBytes)),
    waste,
    nodes: world.peers,
  };
};

/** Few, so that the suite is quick; the share of a chunk in all the bounds below is accordingly large. */
const CHUNKS = 128;

/** F / u: with equal links nobody can be faster. */
const fluidBound = (plan: { chunkCount?: number; chunkBytes?: number; rate?: number } = {}): number =>
  ((plan.chunkCount ?? CHUNKS) * (plan.chunkBytes ?? 64 * KIB)) / (plan.rate ?? FIFTY_MBIT);
const slowest = (report: Outcome): number => Math.max(...report.ends.map((end) => end ?? Infinity));
const sum = (report: Outcome, count: 'unasked' | 'wrong' | 'closed' | 'stalled'): number =>
  report.nodes.reduce((total, node) => total + node.counts[count], 0);

describe('a swarm of equal links', () => {
  it.each([1, 2])('of 8: near the bound, and the seeder sends the file about once (seed %i)', (seed) => {
    const report = world({ seed, chunkCount: 256 });
    expect(slowest(report) / fluidBound({ chunkCount: 256 })).toBeLessThan(1.12);
    expect(report.seederShares[0]).toBeLessThan(1.1);
    expect(report.waste).toBeLessThan(0.02);
    expect([sum(report, 'unasked'), sum(report, 'stalled'), sum(report, 'closed')]).toEqual([0, 0, 0]);
  });

  it('of 8 without grants costs the seeder more: the grant is what helps', () => {
    expect(world({ grants: false }).seederShares[0]).toBeGreaterThan(1.15);
  });

  it('with more peers than the seeder has room for: they find each other', () => {
    const plan = { chunkCount: 32, chunkBytes: 256 * KIB, rate: 10 * FIFTY_MBIT };
    const mesh = { downloaders: 10 };
    const named = world({ ...plan, peers: peers(100), mesh });
    const unnamed = world({ ...plan, peers: peers(100), mesh: { accepted: 10 } });
    expect(slowest(named) / fluidBound(plan)).toBeLessThan(5);
    expect(slowest(unnamed)).toBeGreaterThan(2 * slowest(named));
  });

  it('with more peers than the seeder has room for: most of them pass on about as much as they get', () => {
    const plan = { chunkCount: 32, chunkBytes: 256 * KIB, rate: 10 * FIFTY_MBIT };
    const { nodes } = world({ ...plan, peers: peers(150), mesh: { downloaders: 10 } });
    const shares = nodes.map(({ uplink }) => uplink.sentBytes / (plan.chunkCount * plan.chunkBytes));
    expect(shares.sort((a, b) => a - b)[shares.length >> 1]).toBeGreaterThan(0.7);
  });

  it('of 24 in a mesh of 12 links has no unlucky peer', () => {
    const report = world({ peers: peers(24), mesh: { partialSources: 12 } });
    expect(slowest(report) / fluidBound()).toBeLessThan(1.5);
    expect(report.seederShares[0]).toBeLessThan(1.3);
  });

  it.each<[string, Partial<NetworkPlan>, number]>([
    ['5 Mbit/s', { rate: FIFTY_MBIT / 10 }, 1.15],
    ['1 Gbit/s', { rate: FIFTY_MBIT * 20, chunkCount: 768, peers: peers(4) }, 1.12],
    ['20 ms one way', { latency: 20, chunkCount: 512 }, 1.2],
    ['20 ms one way, round trips guessed', { latency: 20, chunkCount: 512, knowsRoundTrips: false }, 1.2],
  ])('of 8 at %s needs no other constants', (_what, plan, bound) => {
    expect(slowest(world(plan)) / fluidBound(plan)).toBeLessThan(bound);
  });

  it.each<[string, Partial<NetworkPlan>, number]>([
    ['a loopback', { rate: 1_000_000, latency: 0.05, chunkBytes: 1_024 * KIB }, 1.05],
    ['50 ms one way', { latency: 50, chunkCount: 1_024 }, 1.1],
    ['tiny chunks', { rate: FIFTY_MBIT * 20, chunkBytes: 1 * KIB, chunkCount: 8_192 }, 1.5],
    ['huge chunks', { rate: FIFTY_MBIT, chunkBytes: 8_192 * KIB, chunkCount: 12 }, 1.05],
  ])('of one downloader keeps the line full over %s', (_what, plan, bound) => {
    expect(slowest(world({ ...plan, peers: peers(1) })) / fluidBound(plan)).toBeLessThan(bound);
  });
});

describe('a swarm in trouble', () => {
  it('of which a peer dies in the middle is no slower', () => {
    const report = world({ peers: peers(8, (index) => (index === 0 ? { diesAt: fluidBound() / 2 } : {})) });
    expect(Math.max(...report.ends.slice(1).map((end) => end ?? Infinity)) / fluidBound()).toBeLessThan(1.15);
  });

  it('of which a peer freezes goes on without what it owes', () => {
    const report = world({
      peers: peers(8, (index) => (index === 0 ? { freezesAt: fluidBound() / 2 } : {})),
    });
    expect(sum(report, 'stalled')).toBeGreaterThan(0);
    expect(Math.max(...report.ends.slice(1).map((end) => end ?? Infinity)) / fluidBound()).toBeLessThan(1.3);
  });

  it('of which one in ten has a tenth of the rate does not make the others wait', () => {
    const slow = FIFTY_MBIT / 10;
    const plan = {
      chunkCount: 256,
      peers: peers(10, (index) => (index < 1 ? { up: slow, down: slow } : {})),
    };
    const fast = world(plan).ends.slice(1);
    expect(Math.max(...fast.map((end) => end ?? Infinity)) / fluidBound(plan)).toBeLessThan(1.15);
  });

  it('with liars ends right: they are found out and banned, and no wrong chunk is kept', () => {
    const report = world({ peers: peers(8, (index) => (index < 2 ? { lies: 0.4 } : {})) });
    expect(sum(report, 'wrong')).toBeGreaterThan(0);
    expect(sum(report, 'closed')).toBeGreaterThan(0);
    expect(sum(report, 'unasked')).toBe(0);
    expect(Math.max(...report.ends.slice(2).map((end) => end ?? Infinity)) / fluidBound()).toBeLessThan(1.6);
    for (const node of report.nodes.slice(2)) {
      expect(node.counts.wrong).toBeLessThanOrEqual(2 * 2);
    }
  });

  it('outlives its seeder once the first pass is over', () => {
    const report = world({ seeders: [{ diesAt: fluidBound() * 1.06 }] });
    expect(slowest(report) / fluidBound()).toBeLessThan(1.2);
  });

  it('whose seeder dies too early spreads all that exists, and keeps looking', () => {
    const report = world({ chunkCount: 64, seeders: [{ diesAt: 300 }], peers: peers(4), limit: 20_000 });
    const held = report.nodes.map((node) => node.swarm.have.count);
    expect(report.ends).toEqual([undefined, undefined, undefined, undefined]);
    expect(Math.min(...held)).toBe(Math.max(...held));
    expect(held[0]).toBeGreaterThan(10);
    for (const node of report.nodes) expect(node.counts.sought).toBeGreaterThan(10);
  });
});

describe('a swarm that is not the plain case', () => {
  it('with two seeders shares the first pass between them', () => {
    const report = world({ seeders: [{}, {}], peers: peers(8) });
    expect(slowest(report) / fluidBound()).toBeLessThan(1.2);
    expect((report.seederShares[0] ?? 9) + (report.seederShares[1] ?? 9)).toBeLessThan(2.2);
  });

  it('lets late joiners finish about a file`s time after they came', () => {
    const report = world({ peers: peers(8, (index) => ({ joinsAt: index * 250 })) });
    report.ends.forEach((end, index) => {
      expect(((end ?? Infinity) - index * 250) / fluidBound()).toBeLessThan(1.25);
    });
  });

  it('resumes: what peers have is not sent again', () => {
    const half = (even: boolean): Bitfield => {
      const field = new Bitfield(CHUNKS);
      for (let chunk = even ? 0 : 1; chunk < CHUNKS; chunk += 2) field.set(chunk);
      return field;
    };
    const report = world({ peers: peers(8, (index) => ({ have: half(index % 2 === 0) })) });
    expect(slowest(report) / fluidBound()).toBeLessThan(0.7);
    expect(report.seederShares[0]).toBeLessThan(0.6);
  });

  it('gives a peer the chunks it wants and no others', () => {
    const wanted = Bitfield.fromRanges(CHUNKS, [{ start: 10, end: 40 }]);
    const report = world({ peers: peers(4, (index) => (index === 0 ? { wanted } : {})) });
    expect(report.nodes[0]?.swarm.have.toRanges()).toEqual([{ start: 10, end: 40 }]);
    expect(slowest(report)).toBeLessThan(Infinity);
  });

  it('gives a lone peer its few chunks although the seeder grants', () => {
    const wanted = Bitfield.fromRanges(CHUNKS, [{ start: 100, end: 103 }]);
    const report = world({ peers: [{ wanted }] });
    expect(slowest(report) / fluidBound()).toBeLessThan(0.05);
  });
});

describe('any swarm', () => {
  it('completes for everybody who stays, whoever dies, freezes, thaws, lies or crawls, with balanced books', () => {
    const fate = fc.record({
      kind: fc.constantFrom(
        'healthy',
        'healthy',
        'dies',
        'freezes',
        'thaws',
        'lies',
        'slow',
        'late',
        'resumes',
      ),
      at: fc.integer({ min: 1, max: 400 }),
    });
    fc.assert(
      fc.property(
        fc.array(fate, { minLength: 1, maxLength: 7, size: 'max' }),
        fc.nat(1_000),
        (fates, seed) => {
          const plans = fates.map(({ kind, at }): HostPlan => {
            if (kind === 'dies') return { diesAt: at };
            if (kind === 'freezes') return { freezesAt: at };
            if (kind === 'thaws') return { freezesAt: at, thawsAt: at + 3_000 };
            if (kind === 'lies') return { lies: 0.5 };
            if (kind === 'slow') return { up: FIFTY_MBIT / 20, down: FIFTY_MBIT / 20 };
            if (kind === 'late') return { joinsAt: at };
            return kind === 'resumes' ? { have: randomChunks(30, seed + at) } : {};
          });
          const report = world({
            seed,
            chunkCount: 30,
            lastChunkBytes: 1_000,
            peers: plans,
            seeders: seed % 2 === 0 ? [{}] : [{}, {}],
            checked: true,
          });
          fates.forEach(({ kind }, index) => {
            if (kind !== 'dies' && kind !== 'freezes') expect(report.ends[index]).toBeDefined();
          });
          expect(sum(report, 'unasked')).toBe(0);
        },
      ),
      { numRuns: 25, seed: 35 },
    );
  });
});

const randomChunks = (count: number, seed: number): Bitfield => {
  const random = seededRandom(seed);
  const field = new Bitfield(count);
  for (let chunk = 0; chunk < count; chunk++) if (random() < 0.5) field.set(chunk);
  return field;
};
