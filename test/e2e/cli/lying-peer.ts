import { Bitfield, type FileId } from '#core';
import { inboxQueue, requestKey, topologyOf } from '#contracts';
import { AmqpBroker } from '#platform/broker';
import { PROTOCOL_VERSION } from '#wire';
import type { Network } from '../../../tools/network/network.js';
import { ScriptedPeer } from '../../integration/engine/scripted-peer.js';

export interface Lie {
  readonly name: string;
  readonly fileId: FileId;
  readonly chunkCount: number;
  readonly chunkSize: number;
}

/** A member of the network that is handed out as a holder of every chunk, and sends wrong bytes for each. */
export class LyingPeer {
  private constructor(
    readonly scripted: ScriptedPeer,
    private readonly broker: AmqpBroker,
  ) {}

  static async join(network: Network, { name, fileId, chunkCount, chunkSize }: Lie): Promise<LyingPeer> {
    const membership = { networkId: network.id, incarnation: Date.now() };
    const lies = Buffer.alloc(chunkSize, 'lies');
    const scripted = await ScriptedPeer.start(name, Bitfield.full(chunkCount), () => lies, membership);
    const { peerId, address } = scripted;
    const urls = [network.services.amqpUrl('peer')];
    const broker = new AmqpBroker({
      urls,
      sender: peerId,
      connectionName: `test/${name}`,
      network: network.id,
    });
    const inbox = inboxQueue(peerId, membership.incarnation);
    broker.onSession(
      async (session) => void (await session.assertQueue(inbox, { exclusive: true, durable: false })),
    );
    await broker.start(10_000);
    const me = { peerId, incarnation: membership.incarnation };
    await broker.request('connection.join', {
      ...me,
      publicKey: Buffer.from(scripted.publicKey).toString('base64'),
      name,
      address: { host: address.host, port: address.port },
      software: 'test',
      protocol: PROTOCOL_VERSION,
      networkId: network.id,
    });
    await broker.publish({
      exchange: topologyOf(network.id).exchanges.requests,
      key: requestKey('holdings.reported', peerId),
      name: 'holdings.reported',
      body: { ...me, sequence: 1, part: 0, parts: 1, files: [{ fileId, chunkCount }] },
    });
    return new LyingPeer(scripted, broker);
  }

  async stop(): Promise<void> {
    await this.broker.stop(0);
    await this.scripted.stop();
  }
}
