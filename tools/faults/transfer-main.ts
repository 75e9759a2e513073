/**
 * The transfer process, but it dies as by `kill -9` the first time that it comes to the point which SHOAL_FAULT names. Its module
 * is the real one; only what Redis, BullMQ and the broker are reached through is wrapped. For the tests in test/chaos.
 */
import type { DynamicModule, FactoryProvider, Provider } from '@nestjs/common';
import { REGISTRIES, runAnchorProcess } from '#anchor';
import { AnchorCore } from '#platform';
import type { RedisRegistries } from '#registry';
import { BullSteps } from '../../apps/transfer/src/bull-steps.js';
import { TransferModule } from '../../apps/transfer/src/transfer.module.js';
import { withFaults, withMember } from './with-faults.js';

const deadly = process.env['SHOAL_FAULT'];
const at = (point: string): void => {
  if (point === deadly) process.kill(process.pid, 'SIGKILL');
};

const wrapped = (token: unknown, made: unknown): unknown => {
  switch (token) {
    case REGISTRIES: {
      const all = made as RedisRegistries;
      return { ...all, distributions: withFaults('distributions', all.distributions, at) };
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

const wrap = (provider: Provider): Provider => {
  if (!('useFactory' in (provider as object))) return provider;
  const { provide, useFactory, ...rest } = provider as FactoryProvider;
  const make = useFactory as (...args: unknown[]) => unknown;
  return { ...rest, provide, useFactory: (...args: unknown[]) => wrapped(provide, make(...args)) };
};

await runAnchorProcess('transfer', (config, log): DynamicModule => {
  const module = TransferModule.with(config, log);
  return { ...module, providers: (module.providers ?? []).map(wrap) };
});
