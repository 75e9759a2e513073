/** Who connects to the broker, with no more rights than its part needs. Nobody is guest. */
export const BROKER_ROLES = ['anchor', 'peer', 'operator', 'publisher', 'admin'] as const;
export type BrokerRole = (typeof BROKER_ROLES)[number];

/** Regular expressions over the names of queues and exchanges, as RabbitMQ has them. '^$' is nothing. */
export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** Regular expressions over routing keys, for one topic exchange. */
export interface TopicPermissions {
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

/** Matches the network ids of `core` (NETWORK_ID_PATTERN), for brokers that many networks share. */
export const ANY_NETWORK = '[a-z0-9][a-z0-9-]*';

const NOTHING = '^$';
const INBOX = 'peer\\..*';
/** Queues of people's programs: `cli.*`, `console.*`, and those that the broker names. */
const OWN = '(cli|console)\\..*|amq\\.gen.*';

/**
 * What a role may do on a network. `network` is a part of a regular expression: an id (its only special character, `-`,
 * stands for itself) or ANY_NETWORK.
 */
export const permissionsOf = (role: BrokerRole, network: string): Permissions => {
  const named = (words: string): string => `${network}\\.(${words})`;
  const only = (...names: string[]): string => `^(${names.join('|')})$`;
  switch (role) {
    case 'admin':
      return { configure: '.*', write: '.*', read: '.*' };
    case 'anchor':
      return {
        configure: only(named('.*'), 'amq\\.gen.*'),
        // amq.default carries the replies and the commands to peers' inboxes.
        write: only(named('.*'), 'amq\\.(default|gen.*)'),
        read: only(named('.*'), 'amq\\.(rabbitmq\\.event|gen.*)'),
      };
    case 'peer':
      return {
        configure: only(INBOX),
        // A command that it cannot read is a dead letter, as everywhere.
        write: only(INBOX, named('requests|events|dead')),
        read: only(INBOX, named('events')),
      };
    case 'operator':
      return {
        configure: only(INBOX, OWN),
        write: only(INBOX, OWN, named('requests|events')),
        read: only(INBOX, OWN, named('events|dead|unrouted')),
      };
    case 'publisher':
      return { configure: NOTHING, write: only(named('requests')), read: NOTHING };
  }
};

/**
 * A sender's own word ends its keys; a peer's word is its id. What takes files away from everybody is for people: a machine
 * that was broken into must not be able to.
 */
const FROM_A_PEER = '^(?!manifest\\.unpublish\\.).*\\.[0-9a-f]{40}$';

/** What a role may say on a network's topic exchanges; an exchange that is not named is not limited. */
export const topicPermissionsOf = (role: BrokerRole, network: string): TopicPermissions[] => {
  const requests = `${network}.requests`;
  const events = `${network}.events`;
  switch (role) {
    case 'admin':
    case 'anchor':
      return [];
    case 'peer':
      return [
        { exchange: requests, write: FROM_A_PEER, read: NOTHING },
        { exchange: events, write: '^download\\.', read: '.*' },
      ];
    case 'operator':
      return [{ exchange: events, write: '^download\\.', read: '.*' }];
    case 'publisher':
      return [{ exchange: requests, write: '^transfer\\.download$', read: NOTHING }];
  }
};
