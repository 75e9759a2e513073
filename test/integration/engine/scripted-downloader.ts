import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Bitfield, type FileId } from '#core';
import { ephemeralIdentity, verifySignature } from '#engine';
import { encode, FrameDecoder, Handshake, type ControlMessage, type Message } from '#wire';

/** A downloader that opens a file at a real engine, says what the test says, and keeps what it hears. */
export class ScriptedDownloader {
  readonly heard: Message[] = [];
  /** Chunks of which bytes came. */
  readonly chunks = new Set<number>();

  private constructor(private readonly socket: Socket) {}

  /** Resolves when the file is open. */
  static open(port: number, fileId: FileId, chunkCount: number): Promise<ScriptedDownloader> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const downloader = new ScriptedDownloader(socket);
    const decoder = new FrameDecoder('dialer', {
      reserve: (chunk) => void downloader.chunks.add(chunk),
      arrived: () => undefined,
    });
    const handshake = new Handshake({
      ...{ role: 'dialer', identity: ephemeralIdentity(), verify: verifySignature, nonce: randomBytes(32) },
      ...{ networkId: 'test', incarnation: 0, name: 'downloader', host: '127.0.0.1', port: 4_000 },
    });
    return new Promise((resolve, reject) => {
      let shaken = false;
      socket.on('error', reject);
      socket.on('data', (bytes: Buffer) => {
        for (const message of decoder.push(bytes)) {
          if (shaken) {
            downloader.heard.push(message);
            if (message.type === 'opened') resolve(downloader);
            continue;
          }
          const { send, remote } = handshake.receive(message);
          for (const reply of send) socket.write(encode(reply));
          shaken = remote !== undefined;
          const field = new Bitfield(chunkCount);
          if (shaken) downloader.say({ type: 'open', fileId, downloads: false, priority: 5, field });
        }
      });
      for (const message of handshake.start()) downloader.say(message);
    });
  }

  say(message: ControlMessage): void {
    this.socket.write(encode(message));
  }

  count(type: Message['type']): number {
    return this.heard.filter((message) => message.type === type).length;
  }

  close(): void {
    this.socket.destroy();
  }
}
