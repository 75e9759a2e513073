import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect } from 'amqplib';
import { ShoalError, type PeerId } from '#core';
import { HEADERS, inboxQueue, parseInboxQueue } from '#contracts';
import { AmqpBroker, assertTopology, silentLog, type IncomingMessage, type Log } from '#platform';
import {
  canStartRabbit,
  eventually,
  Gate,
  openTestNetwork,
  RABBIT_START_TIMEOUT,
  startPrivateRabbit,
  type PrivateRabbit,
  type TestNetwork,
} from '#testing';

// A busy machine is slow, not wrong.
jest.setTimeout(30_000);

// A broker of its own: these tests break it, and give users less than all rights.
const suite = canStartRabbit() ? describe : describe.skip;
let rabbit: PrivateRabbit;
let net: TestNetwork;
beforeAll(async () => {
  rabbit = await startPrivateRabbit();
}, RABBIT_START_TIMEOUT);
afterAll(() => rabbit.dispose());
beforeEach(async () => {
  net = await openTestNetwork(rabbit);
});
afterEach(() => net.close());

const PEER = 'ab'.repeat(20) as PeerId;

const management = async (method: string, path: string, body: unknown): Promise<void> => {
  const url = new URL(path, rabbit.managementUrl);
  const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
  url.username = url.password = '';
  const reply = await fetch(url, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
};

const urlWith = (change: (url: URL) => void): string => {
  const url = new URL(rabbit.url);
  change(url);
  return url.href;
};

suite('starting', () => {
  it('says that the password is wrong, without showing it', async () => {
    const url = urlWith((each) => (each.password = 'a-secret'));
    const failure = await net
      .broker('tester', { url })
      .start()
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'bad-config', retry: 'permanent' });
    expect((failure as ShoalError).message).toMatch(/refuses this user or password/);
    expect(JSON.stringify(failure) + (failure as ShoalError).message).not.toContain('a-secret');
  });

  it('says that the virtual host is wrong', async () => {
    const url = urlWith((each) => (each.pathname = '/nowhere'));
    await expect(net.broker('tester', { url }).start()).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/virtual host/),
    });
  });

  it('gives up in the time it was given when nothing answers', async () => {
    const url = urlWith((each) => (each.port = '1'));
    await expect(net.broker('tester', { url }).start(300)).rejects.toMatchObject({
      code: 'broker-away',
      retry: 'transient',
    });
  });

  it('takes the next URL of its list', async () => {
    const away = urlWith((each) => (each.port = '1'));
    const broker = net.broker('tester', { url: `${away},${rabbit.url}` });
    await broker.start();
    expect(broker.isConnected).toBe(true);
    expect(broker.clusterName).toMatch(/^shoal-/);
  });

  it(
    'takes different clusters behind one list for an error',
    async () => {
      const other = await startPrivateRabbit();
      try {
        const refusals: string[] = [];
        const warn: Log['warn'] = (details, message) => {
          if ((details as { code?: string }).code === 'bad-config') refusals.push(message);
        };
        const log = { ...silentLog, warn };
        const broker = net.broker('tester', { url: `${other.url},${rabbit.url}`, log });
        await broker.start();
        const home = broker.clusterName;
        await other.kill();
        await eventually(async () => expect(refusals).not.toEqual([]));
        expect(refusals[0]).toMatch(new RegExp(`belongs to the cluster "shoal-.*", .* to "${home}"`));
        expect(broker.isConnected).toBe(false);
      } finally {
        await other.dispose();
      }
    },
    RABBIT_START_TIMEOUT,
  );

  it('refuses to start on a queue that was declared otherwise', async () => {
    const other = net.broker('other');
    other.onSession((session) =>
      session.assertQueue(net.topology.queues.manifest.name, { arguments: { 'x-max-length': 7 } }),
    );
    await other.start();
    await expect(net.anchor('server1')).rejects.toMatchObject({ code: 'bad-config' });
  });
});

suite('rights', () => {
  it('blames the message that the broker does not allow, and no other', async () => {
    await net.anchor('server1');
    const { requests } = net.topology.exchanges;
    await management('PUT', '/api/users/limited', { password: 'limited', tags: '' });
    await management('PUT', '/api/permissions/%2F/limited', { configure: '', write: '.*', read: '.*' });
    await management('PUT', '/api/topic-permissions/%2F/limited', {
      exchange: requests,
      write: `^.*\\.${PEER}$`,
      read: '.*',
    });
    const url = urlWith((each) => (each.username = each.password = 'limited'));
    const broker = net.broker(PEER, { url });
    await broker.start();
    const leaveOf = (sender: string): Promise<void> =>
      broker.publish({
        exchange: requests,
        key: `connection.leave.${sender}`,
        name: 'connection.leave',
        body: { peerId: PEER, incarnation: 1 },
        mandatory: true,
      });
    const outcomes = await Promise.allSettled([leaveOf(PEER), leaveOf('someone-else'), leaveOf(PEER)]);
    expect(outcomes[0]).toMatchObject({ status: 'fulfilled' });
    expect(outcomes[1]).toMatchObject({ reason: { code: 'not-allowed', retry: 'permanent' } });
    expect(outcomes[2]).toMatchObject({ status: 'fulfilled' });
    await expect(leaveOf(PEER)).resolves.toBeUndefined();
  });

  it('says that no anchor has been here when the exchange is missing', async () => {
    const broker = net.broker('cli');
    await broker.start();
    await expect(broker.request('connection.peers', {})).rejects.toMatchObject({ code: 'unroutable' });
  });
});

suite('a lost connection', () => {
  const startAnchor = async (): Promise<{ broker: AmqpBroker; handled: IncomingMessage[]; gate: Gate }> => {
    const broker = await net.anchor('server1');
    const handled: IncomingMessage[] = [];
    const gate = new Gate();
    await broker.consume(net.topology.queues.connection.name, { prefetch: 5 }, async (message) => {
      handled.push(message);
      await gate.opened;
    });
    return { broker, handled, gate };
  };
  const leave = (broker: AmqpBroker): Promise<void> =>
    broker.publish({
      exchange: net.topology.exchanges.requests,
      key: `connection.leave.${PEER}`,
      name: 'connection.leave',
      body: { peerId: PEER, incarnation: 1 },
      mandatory: true,
    });

  it('brings back what was not acked, on the next connection', async () => {
    const { broker, handled, gate } = await startAnchor();
    await leave(broker);
    await eventually(() => expect(handled).toHaveLength(1));
    await closeConnections();
    await eventually(() => expect(handled).toHaveLength(2));
    expect(handled[1]).toMatchObject({ redelivered: true, messageId: handled[0]?.messageId });
    gate.open();
    await broker.stop();
    const after = await net.anchor('server2');
    const left: IncomingMessage[] = [];
    await after.consume(
      net.topology.queues.connection.name,
      { prefetch: 5 },
      async (each) => void left.push(each),
    );
    await leave(after);
    await eventually(() => expect(left).toHaveLength(1));
    expect(left[0]?.messageId).not.toBe(handled[0]?.messageId);
  });

  const closeConnections = async (): Promise<void> => {
    await eventually(async () => {
      const url = new URL('/api/connections', rabbit.managementUrl);
      const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
      url.username = url.password = '';
      const connections = (await (await fetch(url, { headers: { authorization } })).json()) as {
        name: string;
      }[];
      expect(connections).not.toHaveLength(0);
      for (const { name } of connections) {
        await management('DELETE', `/api/connections/${encodeURIComponent(name)}`, {}).catch(() => {});
      }
    }, 15_000);
  };

  it('is made again after a broker restart: topology, consumers, inbox under a new incarnation, requests', async () => {
    const { broker: anchor, handled, gate } = await startAnchor();
    gate.open();
    await anchor.consume(net.topology.queues.manifest.name, { prefetch: 5 }, async (message) => {
      await anchor.publish({
        exchange: '',
        key: String(message.replyTo),
        name: 'reply',
        correlationId: String(message.correlationId),
        body: { ok: true, result: { files: [] } },
      });
    });
    const peer = net.broker(PEER);
    const inbox: string[] = [];
    peer.onSession(async (session) => {
      const queue = inboxQueue(PEER, 1_000 + session.number);
      await session.assertQueue(queue, { exclusive: true, durable: false });
      await session.consume(queue, { prefetch: 1 }, async (message) => void inbox.push(message.queue));
    });
    await peer.start();
    await leave(peer);
    await rabbit.kill();
    await eventually(() => expect(peer.isConnected).toBe(false));
    await expect(leave(peer)).rejects.toMatchObject({ code: 'broker-away', retry: 'transient' });
    const asked = peer.request('manifest.search', { pattern: '*' }, { timeoutMs: 30_000, tries: 2 });
    await rabbit.start();
    await expect(asked).resolves.toEqual({ files: [] });
    await eventually(() => expect(anchor.isConnected).toBe(true), 10_000);
    handled.length = 0;
    await leave(peer);
    await eventually(() => expect(handled).toHaveLength(1));
    await eventually(async () => {
      await anchor.publish({
        exchange: '',
        key: inboxQueue(PEER, 1_002),
        name: 'command.rejoin',
        body: { reason: 'test' },
        mandatory: true,
      });
      expect(inbox).toContain(inboxQueue(PEER, 1_002));
    });
  }, 60_000);
});

suite('presence', () => {
  it('tells that the inbox of a killed connection is gone', async () => {
    const anchor = net.broker('server1');
    let events = false;
    anchor.onSession(async (session) => {
      ({ presenceEvents: events } = await assertTopology(session, net.topology, 'classic'));
    });
    await anchor.start();
    expect(events).toBe(true);
    const gone: string[] = [];
    await anchor.consume(net.topology.queues.presence.name, { prefetch: 10 }, async ({ headers }) => {
      gone.push(String(headers['name']));
    });
    const peer = net.broker(PEER);
    peer.onSession((session) =>
      session.assertQueue(inboxQueue(PEER, 77), { exclusive: true, durable: false }),
    );
    await peer.start();
    await peer.stop();
    await eventually(() => expect(gone).toContain(inboxQueue(PEER, 77)));
    expect(parseInboxQueue(inboxQueue(PEER, 77))).toEqual({ peerId: PEER, incarnation: 77 });
  });
});

suite('time', () => {
  const waitingIn = async (queue: string): Promise<number> => {
    const connection = await connect(rabbit.url);
    const channel = await connection.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    await connection.close();
    return messageCount;
  };

  it('does not hand out a request that nobody waits for any more', async () => {
    const anchor = await net.anchor('server1');
    await expect(
      anchor.request('manifest.search', { pattern: '*' }, { timeoutMs: 50, tries: 1 }),
    ).rejects.toMatchObject({ code: 'timeout' });
    // It may have reached the queue later than its asker began to wait.
    await eventually(async () => expect(await waitingIn(net.topology.queues.manifest.name)).toBe(0));
    const handled: string[] = [];
    await anchor.consume(net.topology.queues.manifest.name, { prefetch: 5 }, async ({ name }) => {
      handled.push(String(name));
    });
    await anchor.publish({
      exchange: net.topology.exchanges.requests,
      key: `holdings.retracted.${PEER}`,
      name: 'holdings.retracted',
      body: {},
    });
    await eventually(() => expect(handled).toEqual(['holdings.retracted']));
  });

  it('waits for the handlers in hand when it stops, and acks them', async () => {
    const anchor = await net.anchor('server1');
    const started = new Gate();
    const gate = new Gate();
    await anchor.consume(net.topology.queues.manifest.name, { prefetch: 1 }, async () => {
      started.open();
      await gate.opened;
    });
    const message = {
      exchange: net.topology.exchanges.requests,
      key: `holdings.retracted.${PEER}`,
      name: 'holdings.retracted',
      body: {},
    } as const;
    await anchor.publish({ ...message, messageId: 'in hand' });
    await started.opened;
    await anchor.publish({ ...message, messageId: 'not taken' });
    const stopped = anchor.stop();
    gate.open();
    await stopped;
    const next = await net.anchor('server2');
    const left: string[] = [];
    await next.consume(net.topology.queues.manifest.name, { prefetch: 1 }, async ({ messageId }) => {
      left.push(String(messageId));
    });
    await next.publish({ ...message, messageId: 'later' });
    await eventually(() => expect(left).toEqual(['not taken', 'later']));
  });
});

suite('a broker that is short of memory', () => {
  it('gets the messages when it takes them again', async () => {
    const warned: string[] = [];
    const log = { ...silentLog, warn: (_details: object, text: string) => warned.push(text) };
    await (await net.anchor('server1')).stop();
    const broker = net.broker('server2', { log });
    await broker.start();
    const publish = (): Promise<void> =>
      broker.publish({
        exchange: net.topology.exchanges.requests,
        key: `holdings.retracted.${PEER}`,
        name: 'holdings.retracted',
        body: {},
        mandatory: true,
      });
    await rabbit.block();
    // The broker only tells a connection that publishes.
    const first = publish();
    await eventually(() => expect(warned).toEqual(['the broker blocks publishers']));
    const second = publish();
    await rabbit.unblock();
    await expect(Promise.all([first, second])).resolves.toEqual([undefined, undefined]);
  }, 30_000);
});

suite('dead letters', () => {
  it('keeps only the first bytes of a body over the cap', async () => {
    const anchor = await net.anchor('server1');
    await anchor.consume(net.topology.queues.manifest.name, { prefetch: 1 }, async () => {});
    const connection = await connect(rabbit.url);
    const channel = await connection.createChannel();
    channel.publish(net.topology.exchanges.requests, `manifest.get.x`, Buffer.alloc(5 * 1_024 * 1_024, 120));
    const dead = await new Promise<IncomingMessage>((resolve) => {
      void anchor.consume(net.topology.queues.dead.name, { prefetch: 1 }, async (message) =>
        resolve(message),
      );
    });
    expect(dead.headers[HEADERS.deadCode]).toBe('limit-exceeded');
    expect(dead.body.length).toBe(4_096);
    await connection.close();
  });
});
