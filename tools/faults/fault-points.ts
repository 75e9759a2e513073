import type { DynamicModule, FactoryProvider, Provider } from '@nestjs/common';
import { REGISTRIES } from '#anchor';
import { AnchorCore } from '#platform';
import type { RedisRegistries } from '#registry';
import { BullSteps } from '../../apps/transfer/src/bull-steps.js';
import { withFaults, withMember, type AtPoint } from './with-faults.js';

const PORTS = ['peers', 'manifests', 'holders', 'distributions', 'follows'] as const;

/** The real module of an anchor's process; only what Redis, BullMQ and the broker are reached through passes points. */
export const withFaultPoints = (module: DynamicModule, at: AtPoint): DynamicModule => ({
  ...module,
  providers: (module.providers ?? []).map((provider) => wrap(provider, at)),
});

const wrap = (provider: Provider, at: AtPoint): Provider => {
  if (!('useFactory' in (provider as object))) return provider;
  const { provide, useFactory, ...rest } = provider as FactoryProvider;
  const make = useFactory as (...args: unknown[]) => unknown;
  return { ...rest, provide, useFactory: (...args: unknown[]) => wrapped(provide, make(...args), at) };
};

const wrapped = (token: unknown, made: unknown, at: AtPoint): unknown => {
  switch (token) {
    case REGISTRIES: {
      const all = made as RedisRegistries;
      return { ...all, ...Object.fromEntries(PORTS.map((name) => [name, withFaults(name, all[name], at)])) };
    }
    case AnchorCore: {
      const core = made as AnchorCore;
      return withMember(core, 'outgoing', withFaults('outgoing', core.outgoing, at));
    }
    case BullSteps:
      return withFaults('steps', made as BullSteps, at);
    default:
      return made;
  }
};
