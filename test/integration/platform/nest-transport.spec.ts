import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Module, type DynamicModule, type INestApplication, type Type } from '@nestjs/common';
import { connect, type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { ShoalError } from '#core';
import { HEADERS, type MessageName, type ReceivedRequest, type ReplyBody, type ReportBody } from '#contracts';
import {
  bootstrap,
  BrokerServer,
  createLogger,
  HEALTH_CHECKS,
  HealthController,
  Lifecycle,
  OnReport,
  OnRequest,
  silentLog,
  type AmqpBroker,
  type IncomingMessage,
  type MessageContext,
} from '#platform';
import { Metrics, MetricsController } from '#platform/metrics';
import {
  eventually,
  Gate,
  openTestNetwork,
  RABBIT_START_TIMEOUT,
  sharedRabbit,
  type TestNetwork,
} from '#testing';

// A busy machine is slow, not wrong.
jest.setTimeout(30_000);

const PEER = 'cd'.repeat(20);
const EXPECTED: readonly MessageName[] = ['manifest.search', 'chunk.acknowledged'];

/** What the controller does and saw; each test sets its own. */
let search: (request: ReceivedRequest<'manifest.search'>) => Promise<ReplyBody<'manifest.search'>>;
let acknowledge: (report: ReportBody<'chunk.acknowledged'>) => Promise<void>;
let contexts: MessageContext[];

@Controller()
class TestController {
  @OnRequest('manifest.search')
  search(
    request: ReceivedRequest<'manifest.search'>,
    context: MessageContext,
  ): Promise<ReplyBody<'manifest.search'>> {
    contexts.push(context);
    return search(request);
  }

  @OnReport('chunk.acknowledged')
  acknowledge(report: ReportBody<'chunk.acknowledged'>, context: MessageContext): Promise<void> {
    contexts.push(context);
    return acknowledge(report);
  }
}

@Controller()
class SecondController {
  @OnReport('chunk.acknowledged')
  async acknowledge(): Promise<void> {}
}

@Controller()
class ForeignController {
  @OnReport('connection.lease')
  async lease(): Promise<void> {}
}

@Module({})
class TestModule {}

let net: TestNetwork;
let broker: AmqpBroker;
let app: INestApplication | undefined;
let well: Gate;
let outside: ChannelModel;
let channel: Channel;

const moduleWith = (controllers: Type[]): DynamicModule => ({
  module: TestModule,
  controllers: [...controllers, HealthController, MetricsController],
  providers: [
    { provide: Lifecycle, useFactory: () => new Lifecycle([broker]) },
    {
      provide: BrokerServer,
      useFactory: (metrics: Metrics) =>
        new BrokerServer({
          broker,
          network: net.network,
          queues: [{ name: net.topology.queues.manifest.name, prefetch: 4 }],
          expected: EXPECTED,
          untilWell: () => well.opened,
          onHandled: metrics.messages(),
          log: silentLog,
        }),
      inject: [Metrics],
    },
    { provide: Metrics, useFactory: () => new Metrics({ process: 'test' }) },
    {
      provide: HEALTH_CHECKS,
      useValue: [
        { name: 'broker', check: async () => {} },
        {
          name: 'redis',
          check: async () => {
            if (!well.isOpen) throw new ShoalError('redis-away', 'away', { retry: 'transient' });
          },
        },
      ],
    },
  ],
});

const start = async (controllers: Type[], port?: number): Promise<INestApplication> =>
  bootstrap({
    module: moduleWith(controllers),
    log: createLogger({ name: 'test', level: 'silent', format: 'json' }),
    health: { host: '127.0.0.1', port },
  });

beforeAll(() => sharedRabbit(), RABBIT_START_TIMEOUT);
beforeEach(async () => {
  net = await openTestNetwork();
  // Declares what the app under test finds.
  await (await net.anchor('server1')).stop();
  broker = net.broker('server1');
  contexts = [];
  well = new Gate();
  search = async () => ({ files: [] });
  acknowledge = async () => {};
  outside = await connect(net.url);
  channel = await outside.createChannel();
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await outside.close();
  await net.close();
});

const acknowledgement = {
  peerId: PEER,
  incarnation: 1,
  sequence: 1,
  files: [{ fileId: 'f'.repeat(64), chunkCount: 1 }],
};
const send = (type: string | undefined, key: string, body: unknown, properties: object = {}): void => {
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  channel.publish(net.topology.exchanges.requests, key, content, {
    ...(type === undefined ? {} : { type }),
    ...properties,
  });
};
const askFor = async (
  type: string,
  key: string,
  body: unknown,
  properties: object = {},
): Promise<unknown> => {
  const replies = await outside.createChannel();
  const reply = new Promise<ConsumeMessage | null>((resolve) => {
    void replies.consume('amq.rabbitmq.reply-to', resolve, { noAck: true }).then(() =>
      replies.publish(net.topology.exchanges.requests, key, Buffer.from(JSON.stringify(body)), {
        type,
        replyTo: 'amq.rabbitmq.reply-to',
        correlationId: 'c-1',
        ...properties,
      }),
    );
  });
  const message = await reply;
  expect(message?.properties).toMatchObject({ type: 'reply', correlationId: 'c-1' });
  return JSON.parse(String(message?.content));
};
const nextDead = async (): Promise<IncomingMessage> => {
  const reader = await net.anchor('reader');
  return new Promise((resolve) => {
    void reader.consume(net.topology.queues.dead.name, { prefetch: 1 }, async (message) => resolve(message));
  });
};
const deadCount = async (): Promise<number> =>
  (await channel.checkQueue(net.topology.queues.dead.name)).messageCount;

describe('a request', () => {
  it('gets the handler its checked body and who asks, and the asker its result', async () => {
    app = await start([TestController]);
    search = async ({ pattern, limit }) => ({ files: [], next: `${pattern} ${limit}` });
    expect(await askFor('manifest.search', 'manifest.search.cli', { pattern: '*' })).toEqual({
      ok: true,
      result: { files: [], next: '* 100' },
    });
    expect(contexts).toEqual([
      {
        sender: 'cli',
        messageId: undefined,
        correlationId: 'c-1',
        redelivered: false,
        queue: net.topology.queues.manifest.name,
      },
    ]);
  });

  it('is answered with the error that the asker can do something about, and is no dead letter', async () => {
    app = await start([TestController]);
    search = async () => {
      throw new ShoalError('bad-name', 'no such pattern', { hint: 'Try another.' });
    };
    expect(await askFor('manifest.search', 'manifest.search.cli', { pattern: '*' })).toEqual({
      ok: false,
      error: { code: 'bad-name', message: 'no such pattern', retry: 'permanent', hint: 'Try another.' },
    });
    search = async () => ({ files: [] });
    await askFor('manifest.search', 'manifest.search.cli', { pattern: '*' });
    expect(await deadCount()).toBe(0);
  });

  it('that meets a bug is answered and kept for a person', async () => {
    app = await start([TestController]);
    search = async () => {
      throw new TypeError('x is not a function');
    };
    expect(await askFor('manifest.search', 'manifest.search.cli', { pattern: '*' })).toMatchObject({
      ok: false,
      error: { code: 'internal' },
    });
    expect((await nextDead()).headers[HEADERS.deadCode]).toBe('internal');
  });

  it.each([
    ['does not fit its schema', 'manifest.search', { pattern: 7 }, {}, 'bad-message'],
    ['has no known name', 'manifest.guess', {}, {}, 'bad-message'],
    [
      'has another schema version',
      'manifest.search',
      { pattern: '*' },
      { headers: { [HEADERS.schema]: 9 } },
      'wrong-version',
    ],
  ])('that %s is answered and a dead letter', async (_what, type, body, properties, code) => {
    app = await start([TestController]);
    expect(await askFor(type, 'manifest.search.cli', body, properties)).toMatchObject({
      ok: false,
      error: { code },
    });
    const dead = await nextDead();
    expect(dead.headers).toMatchObject({ [HEADERS.deadCode]: code });
    expect(dead.headers[HEADERS.deadReason]).toEqual(expect.any(String));
    expect(contexts).toEqual([]);
  });

  it('with an id but no reply queue is handled without a reply', async () => {
    app = await start([TestController]);
    send('manifest.search', 'manifest.search.cli', { pattern: '*' }, { correlationId: 'c', messageId: 'm' });
    await eventually(() => expect(contexts).toHaveLength(1));
    // Handled and acked: the next one finds an empty queue, and nothing went astray.
    await askFor('manifest.search', 'manifest.search.cli', { pattern: '*' });
    expect(await deadCount()).toBe(0);
    expect((await channel.checkQueue(net.topology.queues.unrouted.name)).messageCount).toBe(0);
  });

  it('cannot make the anchor write to a queue of ours', async () => {
    app = await start([TestController]);
    const replyTo = net.topology.queues.transfer.name;
    send('manifest.search', 'manifest.search.cli', { pattern: '*' }, { replyTo });
    expect((await nextDead()).headers[HEADERS.deadCode]).toBe('not-allowed');
    expect((await channel.checkQueue(replyTo)).messageCount).toBe(0);
  });

  it('gets a typed error when its answer is larger than a message may be', async () => {
    app = await start([TestController]);
    search = async () => ({ files: [], next: 'x'.repeat(5 * 1_024 * 1_024) });
    expect(await askFor('manifest.search', 'manifest.search.cli', { pattern: '*' })).toMatchObject({
      ok: false,
      error: { code: 'limit-exceeded' },
    });
  });
});

describe('a report', () => {
  it('from somebody else than its key says is a dead letter', async () => {
    app = await start([TestController]);
    send('chunk.acknowledged', `chunk.acknowledged.${'ee'.repeat(20)}`, acknowledgement);
    expect((await nextDead()).headers[HEADERS.deadCode]).toBe('not-allowed');
    expect(contexts).toEqual([]);
  });

  it('waits while the dependency is away, and is handled once it is well', async () => {
    app = await start([TestController]);
    let done = 0;
    acknowledge = async () => {
      if (!well.isOpen) throw new ShoalError('redis-away', 'away', { retry: 'transient' });
      done++;
    };
    send('chunk.acknowledged', `chunk.acknowledged.${PEER}`, acknowledgement);
    send('chunk.acknowledged', `chunk.acknowledged.${PEER}`, acknowledgement);
    await eventually(() => expect(contexts.length).toBeGreaterThan(0));
    await eventually(async () => {
      const { consumerCount, messageCount } = await channel.checkQueue(net.topology.queues.manifest.name);
      expect({ consumerCount, messageCount }).toEqual({ consumerCount: 0, messageCount: 2 });
    });
    const tries = contexts.length;
    well.open();
    await eventually(() => expect(done).toBe(2));
    expect(contexts.length).toBe(tries + 2);
    expect(tries).toBeLessThanOrEqual(2);
  });
});

describe('the process', () => {
  it.each([
    [
      'a handler is missing',
      [] as Type[],
      /nothing handles manifest.search; nothing handles chunk.acknowledged/,
    ],
    [
      'two handle one message',
      [TestController, SecondController],
      /more than one method handles chunk.acknowledged/,
    ],
    [
      'a handler belongs elsewhere',
      [TestController, ForeignController],
      /connection.lease .* belongs elsewhere/,
    ],
  ])('refuses to start when %s', async (_what, controllers, message) => {
    await expect(start(controllers)).rejects.toThrow(message);
    expect(broker.isConnected).toBe(false);
  });

  it('settles what is in hand before it ends, and takes nothing more', async () => {
    const running = await start([TestController]);
    const gate = new Gate();
    let done = 0;
    acknowledge = async () => {
      await gate.opened;
      done++;
    };
    send('chunk.acknowledged', `chunk.acknowledged.${PEER}`, acknowledgement);
    await eventually(() => expect(contexts).toHaveLength(1));
    const closed = running.close();
    await eventually(async () => {
      expect((await channel.checkQueue(net.topology.queues.manifest.name)).consumerCount).toBe(0);
    });
    send('chunk.acknowledged', `chunk.acknowledged.${PEER}`, acknowledgement);
    gate.open();
    await closed;
    expect(done).toBe(1);
    const { messageCount } = await channel.checkQueue(net.topology.queues.manifest.name);
    expect(messageCount).toBe(1);
  });

  it('says over HTTP what it has handled, and how that ended', async () => {
    app = await start([TestController], 0);
    const { port } = app.getHttpServer().address() as { port: number };
    const counts = async (): Promise<string[]> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return text.split('\n').filter((line) => line.startsWith('shoal_message_seconds_count'));
    };
    search = async ({ pattern }) => {
      if (pattern === 'bad') throw new ShoalError('bad-name', 'no');
      return { files: [] };
    };
    for (const pattern of ['a', 'bad', 'b']) {
      await askFor('manifest.search', 'manifest.search.cli', { pattern });
    }
    await eventually(async () => {
      expect((await counts()).sort()).toEqual([
        'shoal_message_seconds_count{process="test",message="manifest.search",outcome="done"} 2',
        'shoal_message_seconds_count{process="test",message="manifest.search",outcome="refused"} 1',
      ]);
    });
  });

  it('says over HTTP whether it lives and whether it can work', async () => {
    app = await start([TestController], 0);
    const { port } = app.getHttpServer().address() as { port: number };
    const get = async (path: string): Promise<[number, unknown]> => {
      const reply = await fetch(`http://127.0.0.1:${port}${path}`);
      return [reply.status, await reply.json()];
    };
    expect(await get('/health/live')).toEqual([200, { status: 'ok' }]);
    expect(await get('/health')).toEqual([
      503,
      { status: 'unavailable', checks: { broker: 'ok', redis: 'redis-away' } },
    ]);
    well.open();
    expect(await get('/health/ready')).toEqual([
      200,
      { status: 'ok', checks: { broker: 'ok', redis: 'ok' } },
    ]);
  });
});
