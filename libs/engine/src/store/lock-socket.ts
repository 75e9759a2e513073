import { connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { Busy, Lock } from './lock.js';

/** How long a holder may take to say who it is, milliseconds; it may be busy. */
const ANSWER_MILLISECONDS = 500;
const ANSWER_BYTES_MAX = 32;

/** Holds the name of an abstract unix socket, which tells its pid to whoever connects. */
export const holdLockSocket = async (name: string): Promise<Lock | Busy> => {
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    client.end(`${process.pid}\n`);
  });
  try {
    server.listen(name);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return { heldBy: await askHolder(name) };
  }
  server.unref();
  return { release: () => closed(server) };
};

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
  });

const askHolder = (name: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(name);
    const done = (): void => {
      socket.destroy();
      resolve(/^\d+\n$/.test(answer) ? Number(answer) : undefined);
    };
    socket.setTimeout(ANSWER_MILLISECONDS, done);
    socket.on('data', (bytes: Buffer) => {
      answer = (answer + bytes.toString('latin1')).slice(0, ANSWER_BYTES_MAX);
    });
    socket.on('end', done).on('error', done);
  });
