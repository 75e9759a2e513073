import { afterEach, describe, expect, it } from '@jest/globals';
import { fakeControl, json, statusOf, type FakeControl } from '../test-support/fake-control.js';
import { ControlClient, type PeerEvent } from './control-client.js';

const DONE = {
  event: 'done',
  fileId: 'f'.repeat(64),
  outcome: 'downloaded',
  size: 1,
  sha256: '0'.repeat(64),
  path: '/x',
  milliseconds: 1,
  from: [],
};
const REQUEST = { file: 'music.txt', output: '/x' };

describe('ControlClient', () => {
  let control: FakeControl;
  afterEach(() => control.close());

  const start = async (answer: Parameters<typeof fakeControl>[0]): Promise<ControlClient> => {
    control = await fakeControl(answer);
    return new ControlClient(control.socketPath);
  };
  const eventsOf = async (events: AsyncIterable<PeerEvent>): Promise<PeerEvent[]> => {
    const all: PeerEvent[] = [];
    for await (const event of events) all.push(event);
    return all;
  };

  it('reads a status', async () => {
    const client = await start((_request, response) => json(response, statusOf({ name: 'host7' })));
    expect((await client.status()).name).toBe('host7');
    expect(control.requests[0]).toEqual({ method: 'GET', path: '/v1/status', body: undefined });
  });

  it('gives up an answer that does not end', async () => {
    const client = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1_024 * 1_024, ' ')));
      };
      response.on('drain', more);
      more();
    });
    await expect(client.status(60_000)).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  it('yields events until done, and asks what it was told to ask', async () => {
    const progress = { event: 'progress', bytes: 1, size: 1, chunks: 1, chunkCount: 1, rate: 1, sources: 1 };
    const client = await start((_request, response) => {
      response.write(`${JSON.stringify(progress)}\n${JSON.stringify(DONE).slice(0, 9)}`);
      response.end(`${JSON.stringify(DONE).slice(9)}\n`);
    });
    const events = await eventsOf(client.get({ ...REQUEST, force: true }));
    expect(events.map(({ event }) => event)).toEqual(['progress', 'done']);
    expect(control.requests[0]).toEqual({
      method: 'POST',
      path: '/v1/get',
      body: { file: 'music.txt', output: '/x', force: true },
    });
  });

  it('throws the failure that ends a stream', async () => {
    const error = { code: 'no-holder', message: 'nobody', retry: 'transient', hint: 'wait' };
    const client = await start((_request, response) =>
      response.end(`${JSON.stringify({ event: 'failed', error })}\n`),
    );
    await expect(eventsOf(client.get(REQUEST))).rejects.toMatchObject({ code: 'no-holder', hint: 'wait' });
  });

  it('throws the error of a refused call', async () => {
    const client = await start((_request, response) =>
      json(response, { code: 'not-allowed', message: 'not below a root', retry: 'permanent' }, 403),
    );
    await expect(eventsOf(client.publish({ path: '/x' }))).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('says peer-offline when the stream ends in the middle', async () => {
    const client = await start((_request, response) => response.end());
    await expect(eventsOf(client.get(REQUEST))).rejects.toMatchObject({ code: 'peer-offline' });
  });

  it('says peer-offline when the connection breaks in the middle', async () => {
    const client = await start((_request, response) => {
      response.write('{"event":');
      setImmediate(() => response.destroy());
    });
    await expect(eventsOf(client.get(REQUEST))).rejects.toMatchObject({ code: 'peer-offline' });
  });

  it('says bad-message for what is not an event', async () => {
    const client = await start((_request, response) => response.end('{"event":"party"}\n'));
    await expect(eventsOf(client.get(REQUEST))).rejects.toMatchObject({ code: 'bad-message' });
  });

  it('cancels when the signal is raised', async () => {
    const abort = new AbortController();
    let closed: () => void;
    const whenClosed = new Promise<void>((resolve) => (closed = resolve));
    const client = await start((_request, response) => {
      response.on('close', () => closed());
      response.write('\n');
      abort.abort();
    });
    await expect(eventsOf(client.get(REQUEST, abort.signal))).rejects.toMatchObject({ code: 'cancelled' });
    await whenClosed;
  });

  it('says timeout when a daemon hangs', async () => {
    const client = await start(() => undefined);
    await expect(client.status(50)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('says peer-offline where nobody listens', async () => {
    const client = await start(() => undefined);
    await control.close();
    await expect(client.status()).rejects.toMatchObject({ code: 'peer-offline' });
  });
});
