import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { anchorProviders, REGISTRIES, type AnchorConfig, type AnchorProcess } from '#anchor';
import { AnchorCore, HealthController, type Logger } from '#platform';
import { Metrics, MetricsController } from '#platform/metrics';
import { RedisConnection, type RedisRegistries } from '#registry';
import { CheckController } from './check.controller.js';
import { LeaseSweep } from './lease-sweep.js';
import { MembershipController } from './membership.controller.js';
import { PresenceFeed } from './presence-feed.js';
import { RegistryWatch } from './registry-watch.js';
import { ruleProviders } from './rules.providers.js';
import { SweepTimer } from './sweep-timer.js';
import { TroubleController } from './trouble.controller.js';

/** Messages handled at the same time. A join waits for its dial; renewals behind it should not. */
const PREFETCH = 128;
const JOIN_PREFETCH = 64;

const PROCESS: AnchorProcess = {
  kind: 'connection',
  queues: ({ anchor, topology }) => [
    { name: topology.queues.connection.name, prefetch: PREFETCH },
    { name: topology.anchorJoinQueue(anchor).name, prefetch: JOIN_PREFETCH },
  ],
  expected: [
    'connection.join',
    'connection.leave',
    'connection.lease',
    'connection.peers',
    'connection.check',
    'peer.unreachable',
    'peer.misbehaved',
  ],
  joins: true,
  afterBroker: [PresenceFeed, SweepTimer, RegistryWatch],
};

@Module({})
export class ConnectionModule {
  static with(config: AnchorConfig, log: Logger): DynamicModule {
    return {
      module: ConnectionModule,
      controllers: [
        MembershipController,
        TroubleController,
        CheckController,
        HealthController,
        MetricsController,
      ],
      providers: [...anchorProviders(PROCESS, config, log), ...ruleProviders(log), settling, counting],
    };
  }
}

/** Every anchor says the same number: it is the registry's. */
const counting: Provider = {
  provide: Symbol('counting'),
  useFactory: (metrics: Metrics, { peers }: RedisRegistries) => {
    const gauge = metrics.gauge('shoal_peers', 'peers that are in the network');
    metrics.beforeReading(async () => gauge.set(await peers.count()));
  },
  inject: [Metrics, REGISTRIES],
};

/** What restarted could not take leases: nobody's is late for that. */
const settling: Provider = {
  provide: Symbol('settling'),
  useFactory: (sweep: LeaseSweep, core: AnchorCore, redis: RedisConnection) => {
    core.broker.onState(({ kind }) => kind === 'connected' && sweep.settle());
    redis.client.on('ready', () => sweep.settle());
  },
  inject: [LeaseSweep, AnchorCore, RedisConnection],
};
