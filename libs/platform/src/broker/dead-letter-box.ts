import type { Channel, ChannelModel, GetMessage } from 'amqplib';
import { ShoalError } from '#core';
import { topologyOf, type Topology } from '#contracts';
import { channelError } from './amqp-errors.js';
import { openConnection } from './amqp-link.js';
import { originalOf, readDeadLetter, type DeadLetter } from './dead-letter-message.js';
import { Publisher } from './publisher.js';

export interface FullDeadLetter extends DeadLetter {
  readonly body: Buffer;
}

/** What became of one letter. */
export type LetterOutcome =
  | { readonly letter: DeadLetter; readonly error?: undefined }
  | { readonly letter: DeadLetter; readonly error: ShoalError };

/** The dead letters of a network. Whatever happens in the middle of a call, no letter is lost. */
export interface DeadLetterBox {
  /** The oldest first. */
  list(): Promise<DeadLetter[]>;
  /** Letters whose id begins so, with what they said. */
  read(wanted: (letter: DeadLetter) => boolean): Promise<FullDeadLetter[]>;
  /** Sends letters where they were sent first; each is gone from here once the broker has confirmed that. */
  requeue(wanted: (letter: DeadLetter) => boolean): Promise<LetterOutcome[]>;
  drop(wanted: (letter: DeadLetter) => boolean): Promise<LetterOutcome[]>;
  close(): Promise<void>;
}

export interface DeadLetterBoxOptions {
  /** Nodes of one cluster, tried in order. */
  readonly urls: readonly string[];
  readonly network: string;
  readonly connectionName: string;
}

interface Taken {
  readonly letter: DeadLetter;
  readonly message: GetMessage;
}

/**
 * Over AMQP, which cannot look into a queue: every letter is taken without an ack, and what is not settled goes back to its
 * place when the channel closes, also when this process or the connection ends. An exclusive queue keeps a second box from
 * seeing only what the first has left.
 */
export class AmqpDeadLetterBox implements DeadLetterBox {
  private constructor(
    private readonly model: ChannelModel,
    private readonly topology: Topology,
  ) {}

  /** @throws ShoalError `broker-away`, `bad-config`, `target-in-use` while another one is open, `not-allowed` */
  static async open({ urls, network, connectionName }: DeadLetterBoxOptions): Promise<AmqpDeadLetterBox> {
    const model = await firstOf(urls, connectionName);
    // What ends the connection rejects whatever is under way.
    model.on('error', () => undefined);
    try {
      await takeLock(model, `cli.${network}.dead-letters`);
      return new AmqpDeadLetterBox(model, topologyOf(network));
    } catch (thrown) {
      await model.close().catch(() => undefined);
      throw thrown;
    }
  }

  list(): Promise<DeadLetter[]> {
    return this.visit(
      () => false,
      async (_taken, all) => all,
    );
  }

  read(wanted: (letter: DeadLetter) => boolean): Promise<FullDeadLetter[]> {
    return this.visit(wanted, async (taken) =>
      taken.map(({ letter, message }) => ({ ...letter, body: message.content })),
    );
  }

  requeue(wanted: (letter: DeadLetter) => boolean): Promise<LetterOutcome[]> {
    return this.visit(wanted, async (taken, _all, channel) => {
      const publisher = new Publisher(
        this.model,
        () => undefined,
        () => undefined,
      );
      await publisher.open();
      const outcomes: LetterOutcome[] = [];
      // One after the other: they arrive in the order in which they died.
      for (const one of taken) outcomes.push(await sendAgain(one, publisher, channel));
      return outcomes;
    });
  }

  drop(wanted: (letter: DeadLetter) => boolean): Promise<LetterOutcome[]> {
    return this.visit(wanted, async (taken, _all, channel) => {
      for (const { message } of taken) channel.ack(message);
      return taken.map(({ letter }) => ({ letter }));
    });
  }

  async close(): Promise<void> {
    await this.model.close().catch(() => undefined);
  }

  /** Takes every letter that is there now, works on the wanted ones, gives back the rest. */
  private async visit<T>(
    wanted: (letter: DeadLetter) => boolean,
    work: (taken: readonly Taken[], all: DeadLetter[], channel: Channel) => Promise<T>,
  ): Promise<T> {
    const queue = this.topology.queues.dead.name;
    const channel = await this.model.createChannel();
    channel.on('error', () => undefined);
    const all: DeadLetter[] = [];
    const taken: Taken[] = [];
    try {
      // Those that die meanwhile, perhaps by what is done here, wait for the next visit.
      const { messageCount } = await channel.checkQueue(queue);
      for (let left = messageCount; left > 0; left--) {
        const message = await channel.get(queue, { noAck: false });
        if (message === false) break;
        const letter = readDeadLetter(message, this.topology);
        all.push(letter);
        if (wanted(letter)) taken.push({ letter, message });
      }
    } catch (thrown) {
      throw withRight(channelError(thrown, `reading ${queue}`), `"read" on the queue ${queue}`);
    }
    const result = await work(taken, all, channel);
    // What has no ack goes back to its place. The broker has it when the channel is closed.
    channel.nackAll(true);
    await channel.close();
    return result;
  }
}

const sendAgain = async (
  { letter, message }: Taken,
  publisher: Publisher,
  channel: Channel,
): Promise<LetterOutcome> => {
  try {
    if (letter.isCut) throw cut(letter);
    await publisher.publish(originalOf(message, letter));
    channel.ack(message);
    return { letter };
  } catch (thrown) {
    const exchange = letter.exchange === '' ? 'amq.default' : letter.exchange;
    return { letter, error: withRight(thrown as ShoalError, `"write" on the exchange ${exchange}`) };
  }
};

const firstOf = async (urls: readonly string[], name: string): Promise<ChannelModel> => {
  let failure: unknown;
  for (const url of urls) {
    try {
      return await openConnection(url, name);
    } catch (thrown) {
      failure ??= thrown;
    }
  }
  throw failure;
};

/** Held by the connection until it ends. */
const takeLock = async (model: ChannelModel, name: string): Promise<void> => {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  try {
    await channel.assertQueue(name, { exclusive: true, durable: false, autoDelete: true });
  } catch (thrown) {
    if (/RESOURCE[-_]LOCKED/.test(String(thrown))) {
      throw new ShoalError('target-in-use', 'another `shoal dead-letters` is at work on this network', {
        retry: 'transient',
        hint: 'It sees the letters meanwhile; try again when it has ended.',
      });
    }
    throw withRight(channelError(thrown, `declaring the queue ${name}`), `"configure" on the queue ${name}`);
  }
};

const withRight = (error: ShoalError, right: string): ShoalError =>
  error.code !== 'not-allowed'
    ? error
    : new ShoalError('not-allowed', error.message, {
        cause: error,
        hint: `The broker user of --anchors needs the right ${right} (docs/OPERATIONS.md names the users).`,
      });

const cut = ({ size, id }: DeadLetter): ShoalError =>
  new ShoalError(
    'limit-exceeded',
    `only the first bytes of ${id} were kept: it had ${size}, more than a message may have`,
  );
