import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Bitfield, Incarnation, PeerId } from '#core';
import { ephemeralIdentity, verifySignature, type SourceAddress } from '#engine';
import { encode, encodeDataHeader, FrameDecoder, Handshake, type ControlMessage, type Message } from '#wire';

const FRAME_BYTES = 64 * 1_024;

/** The network that it says it belongs to, and its incarnation there. */
export interface Membership {
  readonly networkId: string;
  readonly incarnation: Incarnation;
}

/** A peer that speaks the protocol correctly and otherwise does what the test says: to a request it sends any bytes, or none. */
export class ScriptedPeer {
  readonly sent: number[] = [];
  readonly acknowledged = new Set<number>();
  private readonly identity = ephemeralIdentity();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  private constructor(
    private readonly name: string,
    private readonly field: Bitfield,
    private readonly bytesOf: (chunk: number) => Buffer | undefined,
    private readonly membership: Membership,
  ) {
    this.server = createServer((socket) => this.accept(socket));
  }

  static async start(
    name: string,
    field: Bitfield,
    bytesOf: (chunk: number) => Buffer | undefined,
    membership: Membership = { networkId: 'test', incarnation: 0 },
  ): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(name, field, bytesOf, membership);
    await new Promise<void>((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
    peer.port = (peer.server.address() as { port: number }).port;
    return peer;
  }

  get peerId(): PeerId {
    return this.identity.peerId;
  }

  get publicKey(): Uint8Array {
    return this.identity.publicKey;
  }

  get address(): SourceAddress {
    const { incarnation } = this.membership;
    return { peerId: this.peerId, incarnation, name: this.name, host: '127.0.0.1', port: this.port };
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    const decoder = new FrameDecoder('listener');
    const handshake = new Handshake({
      role: 'listener',
      identity: this.identity,
      verify: verifySignature,
      nonce: randomBytes(32),
      ...this.membership,
      name: this.name,
      host: '127.0.0.1',
      port: this.port,
    });
    let shaken = false;
    socket.on('data', (bytes: Buffer) => {
      for (const message of decoder.push(bytes)) {
        if (shaken) this.answer(socket, message);
        else {
          const { send, remote } = handshake.receive(message);
          for (const reply of send) socket.write(encode(reply));
          shaken = remote !== undefined;
        }
      }
    });
  }

  private answer(socket: Socket, message: Message): void {
    const say = (reply: ControlMessage): void => void socket.write(encode(reply));
    if (message.type === 'open') {
      say({ type: 'opened', fileId: message.fileId, granting: false, field: this.field });
    }
    if (message.type === 'have') {
      for (const { start, end } of message.ranges) {
        for (let chunk = start; chunk < end; chunk++)
          if (this.sent.includes(chunk)) this.acknowledged.add(chunk);
      }
    }
    if (message.type === 'request') for (const chunk of message.chunks) this.serve(socket, chunk);
  }

  private serve(socket: Socket, chunk: number): void {
    const bytes = this.bytesOf(chunk);
    if (bytes === undefined) return;
    this.sent.push(chunk);
    for (let offset = 0; offset < bytes.length; offset += FRAME_BYTES) {
      const part = bytes.subarray(offset, offset + FRAME_BYTES);
      socket.write(encodeDataHeader(chunk, offset, part.length));
      socket.write(part);
    }
  }
}
