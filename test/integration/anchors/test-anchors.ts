import type { DynamicModule, INestApplication } from '@nestjs/common';
import { anchorConfig } from '#anchor';
import { bootstrap, createLogger, type Environment, type Logger } from '#platform';
import { openTestNetwork, type RabbitAddress, type TestNetwork } from '#testing';
import { ConnectionModule } from '../../../apps/connection/src/connection.module.js';
import { ManifestModule } from '../../../apps/manifest/src/manifest.module.js';
import { TransferModule } from '../../../apps/transfer/src/transfer.module.js';

/** Anchors of one network, in this process, on a real broker and a real Redis. */
export class TestAnchors {
  private readonly apps = new Set<INestApplication>();

  private constructor(
    readonly net: TestNetwork,
    private readonly redisUrl: string,
  ) {}

  static async open(redisUrl: string, rabbit?: RabbitAddress): Promise<TestAnchors> {
    return new TestAnchors(await openTestNetwork(rabbit), redisUrl);
  }

  connection(anchor: string): Promise<INestApplication> {
    this.net.ownQueue(this.net.topology.anchorJoinQueue(anchor).name);
    return this.start((env, log) => ConnectionModule.with(anchorConfig(env), log), anchor);
  }

  manifest(anchor: string): Promise<INestApplication> {
    return this.start((env, log) => ManifestModule.with(anchorConfig(env), log), anchor);
  }

  transfer(anchor: string): Promise<INestApplication> {
    return this.start((env, log) => TransferModule.with(anchorConfig(env), log), anchor);
  }

  async stop(app: INestApplication): Promise<void> {
    this.apps.delete(app);
    await app.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.apps].map((app) => this.stop(app)));
    await this.net.close();
  }

  private async start(
    moduleOf: (environment: Environment, log: Logger) => DynamicModule,
    anchor: string,
  ): Promise<INestApplication> {
    const log = createLogger({ name: anchor, level: 'silent', format: 'json' });
    const environment = {
      AMQP_URL: this.net.url,
      REDIS_URL: this.redisUrl,
      ANCHOR_NAME: anchor,
      SHOAL_NETWORK: this.net.network,
    };
    const app = await bootstrap({
      module: moduleOf(environment, log),
      log,
      health: { host: '127.0.0.1', port: undefined },
    });
    this.apps.add(app);
    return app;
  }
}
