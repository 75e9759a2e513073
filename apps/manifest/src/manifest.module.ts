import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { anchorProviders, REGISTRIES, type AnchorConfig, type AnchorProcess } from '#anchor';
import { systemClock } from '#core';
import { AnchorCore, HealthController, ThrottledOutgoing, type Logger } from '#platform';
import { MetricsController } from '#platform/metrics';
import type { RedisRegistries } from '#registry';
import { FilesController } from './files.controller.js';
import { Handout } from './handout.js';
import { HoldingsController } from './holdings.controller.js';
import { Holdings } from './holdings.js';
import { Publishing } from './publishing.js';
import { Restoring } from './restoring.js';
import { Searching } from './searching.js';
import { Unpublishing } from './unpublishing.js';

/** Messages handled at the same time; each is a few Redis calls. */
const PREFETCH = 32;

const PROCESS: AnchorProcess = {
  kind: 'manifest',
  queues: ({ topology }) => [{ name: topology.queues.manifest.name, prefetch: PREFETCH }],
  expected: [
    'manifest.publish',
    'manifest.unpublish',
    'manifest.get',
    'manifest.search',
    'manifest.restore',
    'chunk.acknowledged',
    'holdings.reported',
    'holdings.retracted',
    'holdings.release',
  ],
};

@Module({})
export class ManifestModule {
  static with(config: AnchorConfig, log: Logger): DynamicModule {
    return {
      module: ManifestModule,
      controllers: [FilesController, HoldingsController, HealthController, MetricsController],
      providers: [...anchorProviders(PROCESS, config, log), ...rules(log)],
    };
  }
}

const rules = (log: Logger): Provider[] => [
  {
    provide: Publishing,
    useFactory: ({ manifests }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Publishing(manifests, outgoing, systemClock),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: Handout,
    useFactory: ({ manifests, holders, peers }: RedisRegistries) => new Handout(manifests, holders, peers),
    inject: [REGISTRIES],
  },
  {
    provide: Searching,
    useFactory: ({ manifests, holders }: RedisRegistries) => new Searching(manifests, holders),
    inject: [REGISTRIES],
  },
  {
    provide: Holdings,
    useFactory: ({ manifests, holders }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Holdings(holders, manifests, new ThrottledOutgoing(outgoing, systemClock), systemClock),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: Restoring,
    useFactory: ({ manifests }: RedisRegistries) => new Restoring(manifests, systemClock, log),
    inject: [REGISTRIES],
  },
  {
    provide: Unpublishing,
    useFactory: ({ manifests, holders }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Unpublishing(manifests, holders, outgoing, systemClock),
    inject: [REGISTRIES, AnchorCore],
  },
];
