import { ShoalError, type Incarnation, type PeerId } from '#core';
import { COMMANDS, FACTS, inboxQueue, parseWith, WIPED_KEY, type CommandName } from '#contracts';
import type { BrokerSession, IncomingMessage, ManagedBroker } from '#platform';
import type { Commands } from './commands.js';
import type { Incarnations } from './incarnations.js';
import type { WipedRegistry } from './names/wiped-registry.js';

/** Commands handled at the same time; each only stores or starts something. */
const PREFETCH = 10;

/**
 * The peer's exclusive queue: its inbox, and by its mere existence the sign that the peer is here. A new connection
 * declares a new one under a new incarnation, so a reconnect never meets its own locked ghost.
 */
export class Inbox {
  private incarnation: Incarnation | undefined;
  private session: BrokerSession | undefined;

  constructor(
    private readonly self: PeerId,
    private readonly incarnations: Incarnations,
    private readonly commands: Commands,
    private readonly wiped: WipedRegistry,
    /** The exchange of facts. */
    private readonly events: string,
  ) {}

  /** The incarnation of the connection that is up now. */
  get current(): Incarnation | undefined {
    return this.incarnation;
  }

  openOn(broker: ManagedBroker): void {
    broker.onSession(async (session) => {
      this.incarnation = await this.incarnations.next();
      const queue = inboxQueue(this.self, this.incarnation);
      await session.assertQueue(queue, { durable: false, exclusive: true });
      this.session = session;
      await session.consume(queue, { prefetch: PREFETCH }, (message) => this.handle(message));
    });
  }

  /** After a join, as anchors make the exchange: what all peers have to know comes to the inbox, too. */
  async hearFacts(): Promise<void> {
    const { session, incarnation } = this;
    if (session === undefined || incarnation === undefined) return;
    await session.bindIfExists(inboxQueue(this.self, incarnation), this.events, WIPED_KEY);
  }

  private async handle(message: IncomingMessage): Promise<void> {
    const { name } = message;
    if (name === 'registry.wiped')
      return this.wiped.heard(parseWith(FACTS[name], bodyOf(message.body), 'the fact'));
    if (name === undefined || !isCommand(name)) {
      throw new ShoalError('bad-message', `"${name ?? ''}" is not a command of this version`);
    }
    await this.commands.receive({ name, body: bodyOf(message.body) });
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);

const bodyOf = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ShoalError('bad-message', 'the body is not JSON', { cause: error });
  }
};
