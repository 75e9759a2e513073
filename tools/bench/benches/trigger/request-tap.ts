import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FrameDecoder } from '#wire';

/** Stands before the chunk port of a peer, passes everything on, and says when a chunk is asked for. */
export class RequestTap {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async before(target: number, onRequest: () => void): Promise<RequestTap> {
    const server = createServer((socket) => pass(socket, target, onRequest));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RequestTap(server, (server.address() as AddressInfo).port);
  }

  close(): void {
    this.server.close();
  }
}

const pass = (client: Socket, port: number, onRequest: () => void): void => {
  const peer = connect(port, '127.0.0.1');
  // What the one who dialled says.
  const decoder = new FrameDecoder('listener');
  client.setNoDelay(true);
  peer.setNoDelay(true);
  client.on('data', (bytes) => {
    peer.write(bytes);
    if (decoder.push(bytes).some(({ type }) => type === 'request')) onRequest();
  });
  peer.on('data', (bytes) => client.write(bytes));
  for (const [one, other] of [
    [client, peer],
    [peer, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
};
