import { ShoalError, shortId, type Incarnation, type PeerId } from '#core';
import { authText, peerIdOf, type Identity, type VerifySignature } from './auth.js';
import { badFrame, asBuffer } from './bytes.js';
import { PROTOCOL_VERSION } from './limits.js';
import type { ControlMessage, Hello, Message, Role } from './messages.js';

/** Who is at the other end, proven. */
export interface RemotePeer {
  readonly peerId: PeerId;
  readonly incarnation: Incarnation;
  readonly name: string;
  /** Where it says it can be dialled; port 0 when it cannot. */
  readonly host: string;
  readonly port: number;
}

export interface HandshakeOptions {
  readonly role: Role;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  /** 32 random bytes, new for every connection. */
  readonly nonce: Uint8Array;
  readonly networkId: string;
  readonly incarnation: Incarnation;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Whom a dialer wants to reach; what is left out is not compared. */
  readonly expected?: { readonly peerId?: PeerId; readonly incarnation?: Incarnation };
}

export interface HandshakeStep {
  readonly send: readonly ControlMessage[];
  /** Set when the handshake is over. */
  readonly remote?: RemotePeer;
}

type State = 'hello' | 'auth' | 'done' | 'failed';

/**
 * Both sides of: dialer HELLO; listener HELLO, AUTH; dialer AUTH. The dialer learns first that all is well and may send
 * its first message with its AUTH. The deadline is the caller's.
 */
export class Handshake {
  private state: State = 'hello';
  private readonly own: Hello;
  private other: Hello | undefined;

  constructor(private readonly options: HandshakeOptions) {
    this.own = {
      type: 'hello',
      version: PROTOCOL_VERSION,
      networkId: options.networkId,
      publicKey: options.identity.publicKey,
      incarnation: options.incarnation,
      nonce: options.nonce,
      name: options.name,
      host: options.host,
      port: options.port,
    };
  }

  /** What to send before anything has come. */
  start(): readonly ControlMessage[] {
    return this.options.role === 'dialer' ? [this.own] : [];
  }

  /** @throws ShoalError `wrong-network` | `handshake-failed` | `stale` | `bad-frame`, or what an ERROR of the other side says */
  receive(message: Message): HandshakeStep {
    try {
      return this.step(message);
    } catch (error) {
      this.state = 'failed';
      throw error;
    }
  }

  private step(message: Message): HandshakeStep {
    if (message.type === 'error') throw new ShoalError(message.code, `the other peer: ${message.message}`);
    if (message.type === 'hello' && this.state === 'hello') return this.onHello(message);
    if (message.type === 'auth' && this.state === 'auth') return this.onAuth(message.signature);
    throw badFrame(`${message.type} came during the handshake (${this.state})`);
  }

  private onHello(hello: Hello): HandshakeStep {
    this.checkHello(hello);
    this.other = hello;
    this.state = 'auth';
    return { send: this.options.role === 'listener' ? [this.own, this.auth(hello)] : [] };
  }

  private onAuth(signature: Uint8Array): HandshakeStep {
    const other = this.other as Hello;
    const signer = this.options.role === 'dialer' ? 'listener' : 'dialer';
    if (!this.options.verify(other.publicKey, this.text(signer, other), signature)) {
      throw new ShoalError('handshake-failed', `"${other.name}" could not prove its key`);
    }
    this.state = 'done';
    const { incarnation, name, host, port } = other;
    const remote = { peerId: peerIdOf(other.publicKey), incarnation, name, host, port };
    return { send: this.options.role === 'dialer' ? [this.auth(other)] : [], remote };
  }

  private checkHello(hello: Hello): void {
    const { networkId, expected, identity } = this.options;
    if (hello.networkId !== networkId) {
      throw new ShoalError(
        'wrong-network',
        `"${hello.name}" is in network ${hello.networkId}, not ${networkId}`,
      );
    }
    if (asBuffer(hello.publicKey).equals(identity.publicKey)) {
      throw new ShoalError('handshake-failed', 'this peer is connected to itself');
    }
    const peerId = peerIdOf(hello.publicKey);
    if (expected?.peerId !== undefined && expected.peerId !== peerId) {
      throw new ShoalError(
        'handshake-failed',
        `${shortId(expected.peerId)} was expected and ${shortId(peerId)} answered`,
      );
    }
    if (expected?.incarnation !== undefined && expected.incarnation !== hello.incarnation) {
      throw new ShoalError('stale', `"${hello.name}" is not in incarnation ${expected.incarnation} any more`);
    }
  }

  private auth(other: Hello): ControlMessage {
    return { type: 'auth', signature: this.options.identity.sign(this.text(this.options.role, other)) };
  }

  private text(signer: Role, other: Hello): Buffer {
    return this.options.role === 'dialer'
      ? authText(signer, this.own, other)
      : authText(signer, other, this.own);
  }
}
