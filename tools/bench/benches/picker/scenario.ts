import { Bitfield, MIB, seededRandom, type Random } from '#core';
import { DownloadSwarm, type Decision } from '#swarm';

export interface Scenario {
  readonly chunkCount: number;
  readonly sources: number;
}

export interface Cost {
  /** Nanoseconds spent in `decide` per chunk that it asked for. */
  readonly pick: number;
  /** Nanoseconds per HAVE of one chunk. */
  readonly have: number;
  /** Nanoseconds per chunk for everything: HAVEs, picks, arrivals. */
  readonly all: number;
}

/** Two sources announce a chunk for each one that arrives, as in a swarm that is half way. */
const HAVES_PER_CHUNK = 2;
/** Virtual milliseconds between two arrivals: a chunk of 1 MiB at 1 GiB/s. */
const STEP = 1;
const SHARE_AT_START = 0.5;

const halfOf = (chunkCount: number, random: Random): Bitfield => {
  const field = new Bitfield(chunkCount);
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    if (random() < SHARE_AT_START) field.setRange({ start: chunk, end: chunk + 1 });
  }
  return field;
};

type Asked = Extract<Decision, { kind: 'request' }>;

/** A whole download against sources that answer at once, in the order in which they were asked. */
class Drive {
  private readonly random = seededRandom(1);
  private readonly swarm: DownloadSwarm;
  private readonly open: Asked[] = [];
  private now = 0;
  private picks = 0;
  private haves = 0;
  private decideMs = 0;
  private haveMs = 0;

  constructor(private readonly scenario: Scenario) {
    const { chunkCount, sources } = scenario;
    const have = new Bitfield(chunkCount);
    this.swarm = new DownloadSwarm({ chunkCount, chunkBytes: () => MIB, have, random: this.random });
    for (let source = 0; source < sources; source++) {
      const has = source === 0 ? Bitfield.full(chunkCount) : halfOf(chunkCount, this.random);
      this.swarm.addSource(`s${source}`, { has, granting: false, roundTripMs: 1 }, 0);
    }
  }

  run(): Cost {
    const startedAt = performance.now();
    while (!this.swarm.isComplete) {
      this.now += STEP;
      this.decide();
      this.announce();
      this.arrive();
    }
    const all = performance.now() - startedAt;
    return {
      pick: (this.decideMs * 1e6) / this.picks,
      have: (this.haveMs * 1e6) / this.haves,
      all: (all * 1e6) / this.scenario.chunkCount,
    };
  }

  private decide(): void {
    const startedAt = performance.now();
    const decisions = this.swarm.decide(this.now);
    this.decideMs += performance.now() - startedAt;
    for (const decision of decisions) {
      if (decision.kind === 'request') this.open.push(decision);
    }
    this.picks += decisions.filter(({ kind }) => kind === 'request').length;
  }

  private announce(): void {
    const { chunkCount, sources } = this.scenario;
    const startedAt = performance.now();
    for (let count = 0; count < HAVES_PER_CHUNK; count++) {
      const chunk = Math.floor(this.random() * chunkCount);
      const source = `s${1 + Math.floor(this.random() * (sources - 1))}`;
      this.swarm.sourceHas(source, [{ start: chunk, end: chunk + 1 }], this.now);
    }
    this.haveMs += performance.now() - startedAt;
    this.haves += HAVES_PER_CHUNK;
  }

  private arrive(): void {
    const asked = this.open.shift();
    if (asked === undefined) return;
    const { source, chunk } = asked;
    if (!this.swarm.isOpen(source, chunk)) return;
    this.swarm.chunkBegan(source, chunk, this.now);
    this.swarm.bytesArrived(source, MIB, this.now);
    if (this.swarm.chunkArrived(source, chunk, this.now) === 'wanted') {
      this.swarm.chunkVerified(source, chunk, this.now);
    }
  }
}

export const costOf = (scenario: Scenario): Cost => new Drive(scenario).run();
