import type { PeerId } from '#core';
import type { StorageOffer } from '#contracts';
import type { PeerRecord } from './peer-registry.js';
import { list, optionalText, text, type Reply } from './script.js';

/** A peer record in its hash. Scripts read and write exactly these fields, in this order. */
export const PEER_FIELDS = [
  'incarnation',
  'name',
  'host',
  'port',
  'labels',
  'anchor',
  'software',
  'joinedAt',
  'leaseAt',
  'reachable',
  'serving',
  'storage',
] as const;

export const peerToFields = (peer: PeerRecord): string[] => [
  String(peer.incarnation),
  peer.name,
  peer.address.host,
  String(peer.address.port),
  JSON.stringify(peer.labels),
  peer.anchor,
  peer.software,
  String(peer.joinedAt),
  String(peer.leaseAt),
  flag(peer.reachable),
  flag(peer.serving),
  storageToField(peer.storage),
];

/** `max/free`, or nothing. */
export const storageToField = (storage: StorageOffer | undefined): string =>
  storage === undefined ? '' : `${storage.max}/${storage.free}`;

export const peerFromFields = (peerId: PeerId, values: readonly Reply[]): PeerRecord => {
  const at = (field: (typeof PEER_FIELDS)[number]): string => text(values[PEER_FIELDS.indexOf(field)]);
  return {
    peerId,
    incarnation: Number(at('incarnation')),
    name: at('name'),
    address: { host: at('host'), port: Number(at('port')) },
    labels: JSON.parse(at('labels')) as Record<string, string>,
    anchor: at('anchor'),
    software: at('software'),
    joinedAt: Number(at('joinedAt')),
    leaseAt: Number(at('leaseAt')),
    reachable: at('reachable') === '1',
    serving: at('serving') === '1',
    ...storageIn(optionalText(values[PEER_FIELDS.indexOf('storage')]) ?? ''),
  };
};

const storageIn = (field: string): { storage?: StorageOffer } => {
  const [max, free] = field.split('/').map(Number);
  return max === undefined || free === undefined ? {} : { storage: { max, free } };
};

/** Peers as scripts list them: `{peer id, {fields}}` each. */
export const peersIn = (reply: Reply): PeerRecord[] =>
  list(reply).map((entry) => {
    const [peerId, fields] = list(entry);
    return peerFromFields(text(peerId) as PeerId, list(fields));
  });

/** Whether an HMGET of the fields found a peer. */
export const isPeer = (fields: Reply | undefined): boolean => optionalText(list(fields)[0]) !== undefined;

const flag = (value: boolean): string => (value ? '1' : '0');
