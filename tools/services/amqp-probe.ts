import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { ShoalError } from '#core';

const TRY_EVERY_MS = 100;
const ONE_TRY_MS = 5_000;

export interface BrokerFacts {
  readonly product: string;
  readonly version: string;
}

/** Logs in once and out again. */
export const askBroker = async (url: string): Promise<BrokerFacts> => {
  const connection = await connect(url, { timeout: ONE_TRY_MS });
  connection.on('error', () => undefined);
  const properties = connection.connection.serverProperties as unknown as Record<string, unknown>;
  await connection.close();
  return { product: String(properties['product']), version: String(properties['version']) };
};

const isNotThereYet = (thrown: unknown): boolean =>
  ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'].includes(String((thrown as { code?: unknown }).code)) ||
  /socket closed|timed? ?out|handshake/i.test((thrown as Error).message);

/**
 * Tries until a login succeeds: the broker opens its AMQP port as the last thing of all, so this is also the sign that
 * users and plugins are there. Stops trying when `given up` says so. @throws what is not "nobody listens yet"
 */
export const untilBrokerAnswers = async (url: string, givenUp: AbortSignal): Promise<BrokerFacts> => {
  for (;;) {
    try {
      return await askBroker(url);
    } catch (thrown) {
      if (givenUp.aborted || !isNotThereYet(thrown)) throw thrown;
    }
    await delay(TRY_EVERY_MS);
  }
};

/** For a broker that somebody gave by its URL. @throws ShoalError `bad-config` that names the variable */
export const requireBroker = async (variable: string, url: string): Promise<BrokerFacts> => {
  try {
    return await askBroker(url);
  } catch (thrown) {
    throw new ShoalError(
      'bad-config',
      `${variable}: no broker answers there (${(thrown as Error).message})`,
      {
        hint: `Correct ${variable}, or leave it out to start a private server.`,
        cause: thrown,
      },
    );
  }
};
