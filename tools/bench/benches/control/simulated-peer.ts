import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { FileId } from '#core';
import {
  factKey,
  inboxQueue,
  requestKey,
  topologyOf,
  type DownloadCommand,
  type FactBody,
  type FactName,
  type ReportBody,
  type ReportName,
} from '#contracts';
import { ephemeralIdentity, verifySignature, type PeerIdentity } from '#engine';
import { AmqpBroker, BROKER_LIMITS, type IncomingMessage } from '#platform/broker';
import { encode, FrameDecoder, Handshake, NONCE_BYTES, PROTOCOL_VERSION } from '#wire';

export interface SimulatedPeerOptions {
  readonly number: number;
  readonly amqpUrl: string;
  readonly network: string;
  readonly obeys: boolean;
}

const CHUNK_PORT = 7_000;
/** Peers of one /24; the last byte is never 0 or 255. */
const PER_SUBNET = 250;
const INBOX_PREFETCH = 8;
/** A join that takes so long on a busy machine is slow, not lost. */
const PATIENCE_MS = 60_000;

/** An address of the loopback network for each, so that ten thousand ports are not taken from outgoing connections. */
const addressOf = (number: number): string => {
  const subnet = Math.floor(number / PER_SUBNET);
  return `127.${10 + (subnet >> 8)}.${subnet & 255}.${1 + (number % PER_SUBNET)}`;
};

/**
 * The control half of a peer: a connection of its own to the broker with an inbox, and a chunk port that answers handshakes,
 * since anchors dial every peer that joins. It moves no chunk.
 */
export class SimulatedPeer {
  private readonly identity: PeerIdentity = ephemeralIdentity();
  private readonly incarnation = Date.now();
  private readonly name: string;
  private readonly host: string;
  private readonly requests: string;
  private readonly broker: AmqpBroker;
  private server: Server | undefined;
  private sequence = 0;
  /** Sent and received since it joined, without the join. */
  messages = 0;

  constructor(private readonly options: SimulatedPeerOptions) {
    const { number, amqpUrl, network } = options;
    this.name = `peer${number}`;
    this.host = addressOf(number);
    this.requests = topologyOf(network).exchanges.requests;
    this.broker = new AmqpBroker({
      urls: [amqpUrl],
      sender: this.identity.peerId,
      connectionName: `peer/${this.name}`,
      network,
      heartbeat: BROKER_LIMITS.peerHeartbeatSeconds,
    });
  }

  /** A connection with an inbox, and a chunk port. */
  async connect(): Promise<void> {
    this.server = createServer((socket) => this.answer(socket));
    this.server.listen(CHUNK_PORT, this.host);
    await once(this.server, 'listening');
    const queue = inboxQueue(this.identity.peerId, this.incarnation);
    this.broker.onSession(async (session) => {
      await session.assertQueue(queue, { exclusive: true, durable: false });
      await session.consume(queue, { prefetch: INBOX_PREFETCH }, (message) => this.obey(message));
    });
    await this.broker.start();
  }

  /** Joins as a peer does, then reports that it holds nothing. @returns whether the anchor could dial it */
  async join(): Promise<boolean> {
    const body = {
      peerId: this.identity.peerId,
      incarnation: this.incarnation,
      publicKey: Buffer.from(this.identity.publicKey).toString('base64'),
      name: this.name,
      address: { host: this.host, port: CHUNK_PORT },
      labels: {},
      ...(this.options.obeys ? { storage: { max: 1, free: 1 } } : {}),
      software: 'bench',
      protocol: PROTOCOL_VERSION,
      networkId: this.options.network,
    };
    const { reachable } = await this.broker.request('connection.join', body, { timeoutMs: PATIENCE_MS });
    return reachable;
  }

  reportNothing(): Promise<void> {
    return this.report('holdings.reported', { sequence: ++this.sequence, part: 0, parts: 1, files: [] });
  }

  async get(fileId: FileId): Promise<void> {
    await this.broker.request('manifest.get', { file: { fileId }, asker: this.identity.peerId });
  }

  /** One message that says that chunks [start, end) are held. */
  acknowledge(fileId: FileId, chunkCount: number, start: number, end: number): Promise<void> {
    const files = [{ fileId, chunkCount, ranges: [[start, end] as [number, number]] }];
    return this.report('chunk.acknowledged', { sequence: ++this.sequence, files });
  }

  /** What a peer says while it carries out a download of one chunk. */
  private async obey({ name, body }: Pick<IncomingMessage, 'name' | 'body'>): Promise<void> {
    if (!this.options.obeys || name !== 'command.download') return;
    const { fileId, distributionId, commandId } = JSON.parse(String(body)) as DownloadCommand;
    const { peerId } = this.identity;
    const about = { peerId, fileId, distributionId, commandId };
    const { size } = await this.broker.request(
      'manifest.get',
      { file: { fileId }, asker: peerId },
      { timeoutMs: PATIENCE_MS },
    );
    await this.tell('download.progress', { ...about, bytes: 0, size, rate: 0, sources: 1 });
    await this.acknowledge(fileId, 1, 0, 1);
    const done = { size, sha256: '0'.repeat(64), path: '/file', milliseconds: 1, from: [] };
    await this.tell('download.completed', { ...about, ...done });
    // The command, the question and its answer, two facts, an acknowledgement.
    this.messages += 6;
  }

  private tell<N extends FactName>(name: N, body: FactBody<N>): Promise<void> {
    const exchange = topologyOf(this.options.network).exchanges.events;
    return this.broker.publish({ exchange, key: factKey(name, this.identity.peerId), name, body });
  }

  private report<N extends ReportName>(
    name: N,
    body: Omit<ReportBody<N>, 'peerId' | 'incarnation'>,
  ): Promise<void> {
    const { peerId } = this.identity;
    const key = requestKey(name, peerId);
    const whole = { peerId, incarnation: this.incarnation, ...body };
    return this.broker.publish({ exchange: this.requests, key, name, body: whole });
  }

  private answer(socket: Socket): void {
    const decoder = new FrameDecoder('listener');
    const handshake = new Handshake({
      role: 'listener',
      identity: this.identity,
      verify: verifySignature,
      nonce: randomBytes(NONCE_BYTES),
      networkId: this.options.network,
      incarnation: this.incarnation,
      name: this.name,
      host: this.host,
      port: CHUNK_PORT,
    });
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      try {
        const steps = decoder.push(bytes).map((message) => handshake.receive(message));
        for (const message of steps.flatMap(({ send }) => send)) socket.write(encode(message));
      } catch {
        socket.destroy();
      }
    });
  }
}
