import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incarnation, PeerId } from '#core';
import {
  anchorJoinKey,
  inboxQueue,
  requestKey,
  type ReplyBody,
  type ReportBody,
  type ReportName,
  type RequestBody,
} from '#contracts';
import { Engine, loadIdentity, type PeerIdentity } from '#engine';
import type { AmqpBroker } from '#platform';
import type { TestNetwork } from '#testing';
import { PROTOCOL_VERSION } from '#wire';

/** A peer's two halves, a real engine and a real inbox, moved by the test instead of by rules of their own. */
export class TestPeer {
  readonly commands: string[] = [];
  incarnation: Incarnation = 0;
  private broker: AmqpBroker | undefined;

  private constructor(
    private readonly net: TestNetwork,
    readonly name: string,
    private readonly folder: string,
    private readonly identity: PeerIdentity,
    private readonly engine: Engine,
    private readonly port: number,
  ) {}

  /** `twin`: whose key it has a copy of. */
  static async start(net: TestNetwork, name: string, twin?: TestPeer): Promise<TestPeer> {
    const folder = await mkdtemp(join(tmpdir(), 'shoal-test-peer-'));
    const keyFile = join(folder, 'key.pem');
    if (twin !== undefined) await copyFile(join(twin.folder, 'key.pem'), keyFile);
    const identity = await loadIdentity(keyFile);
    const engine = new Engine(
      {
        dataFolder: folder,
        listen: { host: '127.0.0.1', port: 0 },
        advertise: { host: '127.0.0.1' },
        networkId: net.network,
        keyFile,
      },
      () => {},
    );
    const { port } = await engine.start();
    return new TestPeer(net, name, folder, identity, engine, port);
  }

  get peerId(): PeerId {
    return this.identity.peerId;
  }

  get link(): AmqpBroker {
    if (this.broker === undefined) throw new Error('connect first');
    return this.broker;
  }

  /** A connection to the broker with an inbox under a new incarnation. */
  async connect(): Promise<void> {
    this.incarnation = Math.max(Date.now(), this.incarnation + 1);
    await this.engine.setIncarnation(this.incarnation);
    const queue = inboxQueue(this.peerId, this.incarnation);
    this.broker = this.net.broker(this.peerId);
    this.broker.onSession(async (session) => {
      await session.assertQueue(queue, { exclusive: true, durable: false });
      await session.consume(
        queue,
        { prefetch: 1 },
        async ({ name }) => void this.commands.push(String(name)),
      );
    });
    await this.broker.start();
  }

  /** Its connection ends, its engine goes on. */
  async loseBroker(): Promise<void> {
    await this.broker?.stop(0);
    this.broker = undefined;
  }

  stopEngine(): Promise<void> {
    return this.engine.stop();
  }

  /** Both halves are gone, without a word. */
  async crash(): Promise<void> {
    await this.stopEngine();
    await this.loseBroker();
  }

  join(
    anchor?: string,
    more: Partial<RequestBody<'connection.join'>> = {},
  ): Promise<ReplyBody<'connection.join'>> {
    const body = {
      peerId: this.peerId,
      incarnation: this.incarnation,
      publicKey: Buffer.from(this.identity.publicKey).toString('base64'),
      name: this.name,
      address: { host: '127.0.0.1', port: this.port },
      software: 'test',
      protocol: PROTOCOL_VERSION,
      networkId: this.net.network,
      ...more,
    };
    return this.link.request(
      'connection.join',
      body,
      anchor === undefined ? {} : { key: anchorJoinKey(anchor, this.peerId), mandatory: true },
    );
  }

  report<N extends ReportName>(name: N, body: Omit<ReportBody<N>, 'peerId' | 'incarnation'>): Promise<void> {
    return this.link.publish({
      exchange: this.net.topology.exchanges.requests,
      key: requestKey(name, this.peerId),
      name,
      body: { peerId: this.peerId, incarnation: this.incarnation, ...body },
    });
  }

  async stop(): Promise<void> {
    await this.crash();
    await rm(this.folder, { recursive: true, force: true });
  }
}
