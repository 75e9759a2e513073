import type { RequestName } from '#contracts';
import { ShoalError } from '#core';
import type { BrokerSession, IncomingMessage, ManagedBroker, MessageHandler } from '#platform/broker';

type Answers = { readonly [N in RequestName]?: (body: never) => unknown };

export interface FakeBroker {
  readonly broker: ManagedBroker;
  readonly asked: { name: string; body: unknown }[];
  /** What was declared and consumed, in order. */
  readonly declared: string[];
  /** Publishes a fact to whoever watches. */
  fact(name: string, body: unknown): Promise<void>;
  isStopped(): boolean;
}

/** A broker whose anchors answer what a test says. An answer may be an Error: it is thrown. */
export const fakeBroker = (answers: Answers): FakeBroker => {
  const asked: { name: string; body: unknown }[] = [];
  const declared: string[] = [];
  const setups: ((session: BrokerSession) => Promise<void>)[] = [];
  const handlers: MessageHandler[] = [];
  let stopped = false;
  const session = {
    assertQueue: async (queue: string) => void declared.push(queue.replace(/[0-9a-f-]{36}/, 'ID')),
    bindQueue: async (_queue: string, exchange: string, key: string) =>
      void declared.push(`${exchange} ${key}`),
    consume: async (_queue: string, _options: unknown, handler: MessageHandler) =>
      void handlers.push(handler),
  } as unknown as BrokerSession;
  const broker = {
    sender: 'cli',
    onSession: (setup: (session: BrokerSession) => Promise<void>) => void setups.push(setup),
    onState: () => undefined,
    start: async () => {
      for (const setup of setups) await setup(session);
    },
    stop: async () => void (stopped = true),
    request: async (name: RequestName, body: unknown) => {
      asked.push({ name, body });
      const answer = answers[name]?.(body as never) ?? new ShoalError('timeout', `nobody answers ${name}`);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as ManagedBroker;
  return {
    broker,
    asked,
    declared,
    fact: async (name, body) => {
      const message = { name, body: Buffer.from(JSON.stringify(body)) } as IncomingMessage;
      for (const handler of handlers) await handler(message);
    },
    isStopped: () => stopped,
  };
};
