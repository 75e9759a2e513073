import type { Provider } from '@nestjs/common';
import { REGISTRIES } from '#anchor';
import { systemClock } from '#core';
import { AnchorCore, type Logger } from '#platform';
import type { RedisRegistries } from '#registry';
import { Advancing } from './advancing.js';
import { Announcing } from './announcing.js';
import { BullSteps } from './bull-steps.js';
import { CatchingUp } from './catching-up.js';
import { Commanding } from './commanding.js';
import { Distributing } from './distributing.js';
import { Ending } from './ending.js';
import { Following } from './following.js';
import { GoneTargets } from './gone-targets.js';
import { Outcomes } from './outcomes.js';
import { Overdue } from './overdue.js';
import { Placing } from './placement/placing.js';
import { Reading } from './reading.js';
import { RegularSteps } from './regular-steps.js';
import { Scheduling } from './scheduling.js';
import { SourceKinds } from './source-kinds.js';
import { StepWorker } from './step-worker.js';

/** The parts that distributions are made of. */
export const distributionProviders = (log: Logger): Provider[] => [
  {
    provide: Scheduling,
    useFactory: (steps: BullSteps) => new Scheduling(steps, systemClock),
    inject: [BullSteps],
  },
  {
    provide: Distributing,
    useFactory: (all: RedisRegistries, scheduling: Scheduling) =>
      new Distributing(all, scheduling, systemClock),
    inject: [REGISTRIES, Scheduling],
  },
  {
    provide: Reading,
    useFactory: ({ distributions }: RedisRegistries) => new Reading(distributions),
    inject: [REGISTRIES],
  },
  {
    provide: Commanding,
    useFactory: (
      { peers, distributions }: RedisRegistries,
      { outgoing }: AnchorCore,
      scheduling: Scheduling,
    ) => new Commanding(peers, distributions, outgoing, scheduling, systemClock),
    inject: [REGISTRIES, AnchorCore, Scheduling],
  },
  {
    provide: Advancing,
    useFactory: ({ distributions }: RedisRegistries, commanding: Commanding, scheduling: Scheduling) =>
      new Advancing(distributions, commanding, scheduling, systemClock),
    inject: [REGISTRIES, Commanding, Scheduling],
  },
  {
    provide: Ending,
    useFactory: (all: RedisRegistries, reading: Reading, scheduling: Scheduling, announcing: Announcing) =>
      new Ending(all, reading, scheduling, announcing, systemClock),
    inject: [REGISTRIES, Reading, Scheduling, Announcing],
  },
  {
    provide: Following,
    useFactory: (all: RedisRegistries, distributing: Distributing, ending: Ending) =>
      new Following(all, distributing, ending, (follow, error) =>
        log.warn({ follow }, error instanceof Error ? error.message : String(error)),
      ),
    inject: [REGISTRIES, Distributing, Ending],
  },
  {
    provide: Outcomes,
    useFactory: ({ peers, distributions }: RedisRegistries, scheduling: Scheduling) =>
      new Outcomes(distributions, scheduling, new SourceKinds(peers, systemClock.now), systemClock),
    inject: [REGISTRIES, Scheduling],
  },
  {
    provide: Announcing,
    useFactory: ({ distributions }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Announcing(distributions, outgoing),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: CatchingUp,
    useFactory: ({ distributions }: RedisRegistries, steps: BullSteps, scheduling: Scheduling) =>
      new CatchingUp(distributions, steps, scheduling, systemClock),
    inject: [REGISTRIES, BullSteps, Scheduling],
  },
  {
    provide: GoneTargets,
    useFactory: ({ distributions, peers }: RedisRegistries, commanding: Commanding) =>
      new GoneTargets(distributions, peers, commanding, systemClock),
    inject: [REGISTRIES, Commanding],
  },
  {
    provide: Overdue,
    useFactory: ({ distributions }: RedisRegistries, scheduling: Scheduling) =>
      new Overdue(distributions, scheduling),
    inject: [REGISTRIES, Scheduling],
  },
  {
    provide: RegularSteps,
    useFactory: (steps: BullSteps) =>
      new RegularSteps(steps, (step, error) => log.warn({ step }, error.message)),
    inject: [BullSteps],
  },
  {
    provide: StepWorker,
    useFactory: (
      steps: BullSteps,
      regular: RegularSteps,
      catchingUp: CatchingUp,
      advancing: Advancing,
      ending: Ending,
      commanding: Commanding,
      placing: Placing,
      announcing: Announcing,
      goneTargets: GoneTargets,
      overdue: Overdue,
    ) =>
      new StepWorker(steps, regular, catchingUp, {
        ...{ advancing, ending, commanding, placing, announcing, goneTargets, overdue },
      }),
    inject: [
      ...[BullSteps, RegularSteps, CatchingUp, Advancing, Ending, Commanding, Placing, Announcing],
      ...[GoneTargets, Overdue],
    ],
  },
];
