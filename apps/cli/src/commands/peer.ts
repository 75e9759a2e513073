import { delimiter, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programFile } from '#platform/program';
import { logFormat, type Context } from '../context.js';
import type { Env } from '../env.js';
import { anchorVariables } from '../network/place.js';
import { noteElsewhere } from '../local/elsewhere.js';
import { placeFor, type NetworkOptions } from './options.js';

export interface PeerCommandOptions extends NetworkOptions {
  readonly name?: string | undefined;
  readonly listen?: string | undefined;
  readonly advertise?: string | undefined;
  readonly root?: readonly string[] | undefined;
  readonly label?: readonly string[] | undefined;
  readonly data?: string | undefined;
  /** Bytes a second. */
  readonly maxUp?: number | undefined;
  readonly maxDown?: number | undefined;
  /** As the peer reads it. */
  readonly storageMax?: string | undefined;
}

/** The flags as the environment of a peer: a flag wins over a variable. */
export const peerEnvironment = (options: PeerCommandOptions, context: Context): Env => {
  const place = placeFor(options, context);
  const at = (path: string): string => resolve(context.cwd, path);
  const given: Record<string, string | undefined> = {
    ...anchorVariables(place),
    SHOAL_NETWORK: place.networkId,
    PEER_NAME: options.name,
    PEER_LISTEN: options.listen,
    PEER_ADVERTISE: options.advertise,
    PEER_ROOTS: options.root?.map(at).join(delimiter),
    PEER_LABELS: options.label?.join(','),
    PEER_DATA: options.data === undefined ? undefined : at(options.data),
    MAX_UP: options.maxUp?.toString(),
    MAX_DOWN: options.maxDown?.toString(),
    PEER_STORAGE_MAX: options.storageMax,
    ...logFormat(context),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
};

/**
 * Turns this process into a peer: from here on its signals, its log and its end are the peer's own. Nothing of the
 * command line stays between a person (or systemd) and the daemon.
 */
export const peer = async (options: PeerCommandOptions, context: Context): Promise<undefined> => {
  Object.assign(process.env, peerEnvironment(options, context));
  noteElsewhere(process.env);
  await import(pathToFileURL(programFile('peer')).href);
};
