import { complain, type Context } from '../context.js';
import type { LocalPeerQuestion } from '../local/local-peer.js';
import { findPlace, findPlaceIfAny, type NetworkPlace } from '../network/place.js';

/** Flags of every command that talks to a network. */
export interface NetworkOptions {
  readonly anchors?: string | undefined;
  readonly network?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Flags of the commands that work through a peer of this machine. */
export interface PeerOptions extends NetworkOptions {
  readonly peer?: string | undefined;
  readonly listen?: string | undefined;
  readonly advertise?: string | undefined;
}

export interface GetOptions extends PeerOptions {
  readonly output?: string | undefined;
  readonly force?: boolean | undefined;
  /** Read the file again and compare. */
  readonly check?: boolean | undefined;
  /** Only these chunks, `[start, end)` from 0. */
  readonly chunks?: readonly (readonly [number, number])[] | undefined;
  /** Stay and serve when it is complete. */
  readonly seed?: boolean | undefined;
  /** Another peer downloads it, not this machine. */
  readonly at?: string | undefined;
  /** Bytes a second. */
  readonly maxUp?: number | undefined;
  readonly maxDown?: number | undefined;
  /** Fail when nothing has arrived for so many milliseconds. */
  readonly timeout?: number | undefined;
}

/** @throws ShoalError `no-anchor`, `bad-config` */
export const placeFor = (options: NetworkOptions, { env, cwd }: Context): NetworkPlace =>
  findPlace({ anchors: options.anchors, network: options.network, env, cwd });

export const placeIfAny = (options: NetworkOptions, { env, cwd }: Context): NetworkPlace | undefined =>
  findPlaceIfAny({ anchors: options.anchors, network: options.network, env, cwd });

export const localPeerQuestion = (
  file: string,
  options: PeerOptions,
  context: Context,
): Omit<LocalPeerQuestion, 'maxUp'> => ({
  file,
  peer: options.peer,
  listen: options.listen,
  advertise: options.advertise,
  program: context.peerProgram,
  broker: context.broker,
  log: context.log,
  env: context.env,
  cwd: context.cwd,
  place: () => placeFor(options, context),
  placeIfAny: placeIfAny(options, context),
  remark: (text) => complain(context, text),
});
