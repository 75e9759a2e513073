import amqp from 'amqplib';
import { join } from 'node:path';
import { formatDuration, ShoalError } from '#core';
import { topologyOf } from '#contracts';
import type { RunningPeer } from '../network/network.js';
import { sha256Of } from './files.js';
import type { Stage } from './stage.js';

const WAIT_MS = 30_000;

interface Fact {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One plain JSON message, as any program in any language would publish it, makes a peer fetch a file. */
export const oneMessage = async (
  stage: Stage,
  target: RunningPeer,
  file: { readonly name: string; readonly sha256: string },
): Promise<void> => {
  const { story, services, network, moves } = stage;
  const { exchanges } = topologyOf(network.id);
  story.step(`One message on the queue makes ${target.name} fetch ${file.name}`);
  const listener = await amqp.connect(services.amqpUrl('admin'));
  const publisher = await amqp.connect(services.amqpUrl('publisher'));
  try {
    const facts = await collectFacts(listener, exchanges.events);
    const body = JSON.stringify({ file: file.name, targets: [target.name], folder: 'by-queue' });
    const channel = await publisher.createConfirmChannel();
    const startedAt = Date.now();
    channel.publish(exchanges.requests, 'transfer.download', Buffer.from(body), {
      contentType: 'application/json',
      persistent: true,
    });
    await channel.waitForConfirms();
    story.say(`published to ${exchanges.requests} with the key transfer.download: ${body}`);
    const end = await facts.until(({ name }) => name.startsWith('distribution.'));
    story.say(`${end.name} after ${formatDuration(Date.now() - startedAt)}`);
    story.check(
      end.name === 'distribution.completed',
      'the distribution ended well',
      JSON.stringify(end.body),
    );
    const done = facts.seen.find(({ name }) => name === 'download.completed');
    moves.add(file.name, target.name, (done?.body['from'] ?? []) as never);
    const path = join(target.roots[0] as string, 'by-queue', file.name);
    story.check((await sha256Of(path)) === file.sha256, `${target.name} has the same bytes in by-queue/`);
  } finally {
    await Promise.allSettled([listener.close(), publisher.close()]);
  }
};

const collectFacts = async (connection: amqp.ChannelModel, exchange: string) => {
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  for (const key of ['distribution.*.*', 'download.*.*']) await channel.bindQueue(queue, exchange, key);
  const seen: Fact[] = [];
  let wake: () => void = () => undefined;
  await channel.consume(
    queue,
    (message) => {
      if (message === null) return;
      seen.push({ name: String(message.properties.type), body: JSON.parse(message.content.toString()) });
      wake();
    },
    { noAck: true },
  );
  return {
    seen,
    until: (wanted: (fact: Fact) => boolean): Promise<Fact> =>
      new Promise((resolve, reject) => {
        const late = (): void =>
          reject(
            new ShoalError(
              'timeout',
              `no fact in ${formatDuration(WAIT_MS)}; seen: ${seen.map(({ name }) => name).join(', ')}`,
            ),
          );
        const timer = setTimeout(late, WAIT_MS);
        wake = () => {
          const fact = seen.find(wanted);
          if (fact === undefined) return;
          clearTimeout(timer);
          resolve(fact);
        };
        wake();
      }),
  };
};
