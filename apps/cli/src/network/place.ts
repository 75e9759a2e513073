import { NETWORK_ID_PATTERN, ShoalError } from '#core';
import { anchorsOfUrls, DEFAULT_NETWORK, formatAnchors, parseAnchors, type Anchor } from '#contracts';
import type { Env } from '../env.js';
import { findNetworkFile, type FoundNetworkFile } from './network-file.js';

/** Where the network is. */
export interface NetworkPlace {
  readonly anchors: readonly Anchor[];
  readonly networkId: string;
  /** The network of `npm start` that it is; undefined when it was given in another way. */
  readonly file?: FoundNetworkFile;
}

export interface PlaceQuestion {
  /** `--anchors` */
  readonly anchors?: string | undefined;
  /** `--network` */
  readonly network?: string | undefined;
  readonly env: Env;
  readonly cwd: string;
}

/**
 * `--anchors`, else `ANCHORS`, else `AMQP_URL`, else the nearest `.shoal/network.json` upwards.
 * @throws ShoalError `no-anchor` when none of them is there, `bad-config` when one is wrong
 */
export const findPlace = (question: PlaceQuestion): NetworkPlace => {
  const place = findPlaceIfAny(question);
  if (place === undefined) {
    throw new ShoalError('no-anchor', 'no network is known here: there is no --anchors, ANCHORS or AMQP_URL');
  }
  return place;
};

/** The same for commands that can do without anchors. @throws ShoalError `bad-config` */
export const findPlaceIfAny = ({ anchors, network, env, cwd }: PlaceQuestion): NetworkPlace | undefined => {
  const networkId = networkIdOf(network, env);
  const given = givenAnchors(anchors, env);
  if (given !== undefined) return { anchors: given, networkId: networkId ?? DEFAULT_NETWORK };
  const file = findNetworkFile(cwd);
  if (file === undefined) return undefined;
  return {
    anchors: parseAnchors(file.anchors, file.path),
    networkId: networkId ?? file.network,
    file,
  };
};

/** For a peer that is started from here: nodes without the names of anchors stay an `AMQP_URL`. */
export const anchorVariables = ({ anchors }: NetworkPlace): Readonly<Record<string, string>> =>
  anchors.every(({ name }) => name === 'any')
    ? { AMQP_URL: anchors.map(({ url }) => url).join(',') }
    : { ANCHORS: formatAnchors(anchors) };

const givenAnchors = (flag: string | undefined, env: Env): Anchor[] | undefined => {
  if (flag !== undefined) return parseAnchors(flag, '--anchors');
  if (isSet(env['ANCHORS'])) return parseAnchors(env['ANCHORS'], 'ANCHORS');
  if (isSet(env['AMQP_URL'])) return anchorsOfUrls(env['AMQP_URL'], 'AMQP_URL');
  return undefined;
};

const networkIdOf = (flag: string | undefined, env: Env): string | undefined => {
  const [where, id] = flag !== undefined ? ['--network', flag] : ['SHOAL_NETWORK', env['SHOAL_NETWORK']];
  if (!isSet(id)) return undefined;
  if (!NETWORK_ID_PATTERN.test(id)) {
    throw new ShoalError('bad-config', `${where} is "${id}"`, {
      hint: 'It wants lower-case letters, digits and "-", at most 63.',
    });
  }
  return id;
};

const isSet = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';
