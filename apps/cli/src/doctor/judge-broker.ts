import type { BrokerFacts } from '#platform/broker';
import { formatDuration, type ShoalError } from '#core';
import { fail, isAtLeast, ok, warn, type Finding } from './finding.js';

/** The oldest RabbitMQ that is tested. */
const OLDEST: readonly [number, number] = [3, 10];
/** A round trip over it makes every request feel slow, milliseconds. */
const SLOW_MS = 250;

export type BrokerLook = { readonly facts: BrokerFacts } | { readonly error: ShoalError };

/** @param admin where the admin page was looked for and whether it is there */
export const judgeBroker = (
  look: BrokerLook,
  shownUrl: string,
  admin: { readonly url: string; readonly isThere: boolean },
): Finding[] => {
  if ('error' in look) {
    const { message, hint } = look.error;
    return [
      fail('broker', message, hint ?? `Start RabbitMQ, and check that ${shownUrl} can be reached from here.`),
    ];
  }
  const { facts } = look;
  return [
    version(facts, shownUrl),
    ...(facts.roundTripMs > SLOW_MS ? [slow(facts)] : []),
    events(facts),
    admin.isThere
      ? ok('admin page', admin.url)
      : warn(
          'admin page',
          `nothing answers at ${admin.url}`,
          'Enable it with `rabbitmq-plugins enable rabbitmq_management`; if it is elsewhere, say where in SHOAL_ADMIN_URL. Nothing but people needs it.',
        ),
    ...facts.missingRights.map((right) =>
      fail(
        'rights',
        `the broker user has no ${right}`,
        'Give it the rights of the user "operator" in docker/rabbitmq/definitions.json.',
      ),
    ),
    topology(facts),
    ...waiting(facts),
  ];
};

const version = ({ product, version: number, clusterName }: BrokerFacts, url: string): Finding => {
  const text = `${product} ${number}, cluster ${clusterName}, at ${url}`;
  return product === 'RabbitMQ' && !isAtLeast(number, OLDEST)
    ? fail('broker', text, `Use RabbitMQ ${OLDEST.join('.')} or newer.`)
    : ok('broker', text);
};

const slow = ({ roundTripMs }: BrokerFacts): Finding =>
  warn(
    'broker',
    `one round trip takes ${formatDuration(roundTripMs)}`,
    'Look at its load and at the network between.',
  );

const events = ({ hasEvents }: BrokerFacts): Finding =>
  hasEvents
    ? ok('event exchange', 'lost peers are noticed at once')
    : warn(
        'event exchange',
        'lost peers are noticed by their lease only, after some 10 s',
        'Run `rabbitmq-plugins enable rabbitmq_event_exchange` on every node, then start the anchors again.',
      );

const topology = ({ hasNetwork }: BrokerFacts): Finding =>
  hasNetwork
    ? ok('queues', 'the network is declared on this broker')
    : fail(
        'queues',
        'no anchor of this network has been on this broker',
        'Start one with `shoal anchor --name server1`, or check --network.',
      );

const waiting = ({ deadLetters, unrouted }: BrokerFacts): Finding[] => [
  ...((deadLetters ?? 0) > 0
    ? [
        warn(
          'dead letters',
          `${deadLetters} messages could not be handled`,
          '`shoal dead-letters` says why, sends them again or drops them.',
        ),
      ]
    : []),
  ...((unrouted ?? 0) > 0
    ? [
        warn(
          'unrouted',
          `${unrouted} messages were wanted by no queue`,
          'Look at the queue on the admin page: their keys say what they asked for. Empty it when you know.',
        ),
      ]
    : []),
];
