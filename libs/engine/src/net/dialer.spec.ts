import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Dialer } from './dialer.js';
import { ephemeralIdentity } from './identity.js';
import { SessionTable } from './session-table.js';

it('tells a session how long connecting took: at first that is all that is known of the round trip', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  let time = 1_000;
  const now = (): number => time;
  const { port } = server.address() as AddressInfo;
  const introduction = {
    identity: ephemeralIdentity(),
    networkId: 'test',
    name: 'a',
    host: '127.0.0.1',
    port: 1,
    incarnation: 1,
  };
  const owner = { ready: () => undefined, message: () => undefined, closed: () => undefined };
  const session = new Dialer(introduction, new SessionTable(now), now).dial(
    { host: '127.0.0.1', port },
    owner,
  );
  try {
    await nextTurn();
    time += 7;
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => undefined);
    await once(socket, 'data');
    expect(session.roundTripMs).toBe(7);
  } finally {
    session.close();
    server.close();
  }
});
