import type { Provider } from '@nestjs/common';
import { REGISTRIES } from '#anchor';
import { systemClock } from '#core';
import { AnchorCore } from '#platform';
import type { RedisRegistries } from '#registry';
import { BullSteps } from '../bull-steps.js';
import { PlacementOutcomes } from './placement-outcomes.js';
import { Placing } from './placing.js';
import { Storing } from './storing.js';

export const placementProviders: Provider[] = [
  {
    provide: Storing,
    useFactory: (all: RedisRegistries, steps: BullSteps) => new Storing(all, steps, systemClock),
    inject: [REGISTRIES, BullSteps],
  },
  {
    provide: Placing,
    useFactory: (all: RedisRegistries, steps: BullSteps, { outgoing }: AnchorCore) =>
      new Placing(all, steps, outgoing, systemClock),
    inject: [REGISTRIES, BullSteps, AnchorCore],
  },
  {
    provide: PlacementOutcomes,
    useFactory: ({ placements }: RedisRegistries, steps: BullSteps) =>
      new PlacementOutcomes(placements, steps, systemClock),
    inject: [REGISTRIES, BullSteps],
  },
];
