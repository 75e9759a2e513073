import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/**
 * Below the range that systems give to outgoing connections (32,768 on Linux, 49,152 elsewhere), so that a port that was
 * free a moment ago is not taken by somebody's outgoing connection.
 */
const FIRST = 20_000;
const LAST = 32_000;
const CANDIDATES = 20;

/** Ports that are free on the loopback address, in random order so that two runs at once rarely meet. */
export const freePorts = async (count: number): Promise<number[]> => {
  const ports = new Set<number>();
  while (ports.size < count) {
    const candidates = Array.from({ length: CANDIDATES }, () => randomInt(FIRST, LAST));
    ports.add(await getPort({ port: candidates, host: '127.0.0.1' }));
  }
  return [...ports];
};
