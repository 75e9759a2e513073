import { readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ShoalError } from '#core';
import type { Env } from '../env.js';
import type { NetworkPlace } from '../network/place.js';
import { controlSocketIn, dataHome, oneShotHome } from './data-home.js';
import { peersElsewhere } from './elsewhere.js';

/** A daemon that may run on this machine. */
export interface Candidate {
  readonly name: string;
  readonly controlSocket: string;
}

export interface PeerQuestion {
  /** `--peer`: a name, or the path of a control socket. */
  readonly peer?: string | undefined;
  readonly env: Env;
  readonly cwd: string;
  readonly place?: NetworkPlace | undefined;
}

/** The daemon that the user named, by flag or `SHOAL_PEER_SOCKET`. @throws ShoalError `not-found` */
export const namedCandidate = (question: PeerQuestion): Candidate | undefined => {
  const { peer, env, cwd } = question;
  const socket = env['SHOAL_PEER_SOCKET'];
  if (peer === undefined) {
    return socket === undefined || socket === '' ? undefined : atPath(resolve(cwd, socket));
  }
  if (isPath(peer)) return atPath(resolve(cwd, peer));
  const found = allCandidates(question).find(({ name }) => name === peer);
  if (found !== undefined) return found;
  throw noSuchPeer(peer);
};

/** `--peer` takes both: a path has a slash, a name never. */
export const isPath = (peer: string): boolean => peer.includes('/');

export const noSuchPeer = (peer: string): ShoalError =>
  new ShoalError('not-found', `no peer named "${peer}" runs on this machine`, {
    hint: '`shoal status` lists the peers of this machine; --peer also takes the path of a control socket.',
  });

/** Those of `npm start` before the others of this user, wherever their data folders are. Some may not run. */
export const allCandidates = ({ env, place }: PeerQuestion): Candidate[] => {
  const started = place?.file?.peers.map(({ name, controlSocket }) => ({ name, controlSocket })) ?? [];
  const elsewhere = peersElsewhere(env).map(({ name, dataFolder }) => ({
    name,
    controlSocket: controlSocketIn(dataFolder),
  }));
  const known = new Map(
    [...started, ...candidatesIn(dataHome(env)), ...elsewhere.filter(hasSocket)].map((one) => [
      one.controlSocket,
      one,
    ]),
  );
  return [...known.values()];
};

/** One-shot peers of this user, such as a `shoal publish` in another terminal. Some may not run. */
export const oneShotCandidates = ({ env }: Pick<PeerQuestion, 'env'>): Candidate[] =>
  candidatesIn(oneShotHome(env));

const candidatesIn = (folder: string): Candidate[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ name, controlSocket: controlSocketIn(join(folder, name)) }))
      .filter(hasSocket)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
};

const hasSocket = ({ controlSocket }: Candidate): boolean => realOrUndefined(controlSocket) !== undefined;

/** Whether a daemon with these roots may read and write the file; symlinks are followed as the daemon does. */
export const isBelowRoots = (roots: readonly string[], file: string): boolean => {
  const folder = realOrUndefined(dirname(file));
  if (folder === undefined) return false;
  const whole = join(folder, basename(file));
  return roots.some((root) => {
    const rest = relative(realOrUndefined(root) ?? root, whole);
    return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
  });
};

const realOrUndefined = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

const atPath = (controlSocket: string): Candidate => ({ name: controlSocket, controlSocket });
