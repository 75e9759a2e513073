import { dirname } from 'node:path';
import type { Context } from '../context.js';
import type { Env } from '../env.js';
import { whileBrokerIsChecked } from '../network/broker-check.js';
import type { NetworkPlace } from '../network/place.js';
import { makeBroker } from '../network/session.js';
import { findDaemonFor } from './find-daemon.js';
import type { ControlClient } from './control-client.js';
import { oneShotFolder, oneShotHome } from './data-home.js';
import { startOneShotPeer } from './one-shot-peer.js';
import { oneShotName, untilFree } from './one-shot-turn.js';
import { otherVersionRemark } from './other-version.js';
import { pruneOneShots } from './prune.js';

export interface LocalPeerQuestion {
  /** Absolute path of the file to publish or to write. */
  readonly file: string;
  readonly peer?: string | undefined;
  readonly listen?: string | undefined;
  readonly advertise?: string | undefined;
  readonly maxUp?: number | undefined;
  readonly program?: string | undefined;
  readonly env: Env;
  readonly cwd: string;
  readonly broker?: Context['broker'] | undefined;
  readonly log?: Context['log'] | undefined;
  /** Throws when no anchor is known: only a daemon can do without. */
  readonly place: () => NetworkPlace;
  readonly placeIfAny: NetworkPlace | undefined;
  /** A line for a person beside the results. */
  readonly remark?: ((text: string) => void) | undefined;
}

/** The peer of this machine that does the work. */
export interface LocalPeer {
  readonly kind: 'daemon' | 'one-shot';
  readonly name: string;
  readonly client: ControlClient;
  /** Never resolves for a daemon. */
  readonly ended: Promise<void>;
  /** Ends a one-shot peer; leaves a daemon alone. */
  close(): Promise<void>;
}

/**
 * The daemon that may touch the file, else a one-shot peer for this command. Both are spoken to in the same way.
 * @throws ShoalError
 */
export const openLocalPeer = async (question: LocalPeerQuestion, signal: AbortSignal): Promise<LocalPeer> => {
  const daemon = await findDaemonFor(question.file, { ...question, place: question.placeIfAny });
  if (daemon === undefined) return openOneShot(question, signal);
  const remark = otherVersionRemark(daemon.status);
  if (remark !== undefined) question.remark?.(remark);
  return {
    kind: 'daemon',
    name: daemon.name,
    client: daemon.client,
    ended: new Promise<void>(() => {}),
    close: () => Promise.resolve(),
  };
};

const openOneShot = async (question: LocalPeerQuestion, signal: AbortSignal): Promise<LocalPeer> => {
  const { file, env, broker, log } = question;
  const place = question.place();
  const dataFolder = oneShotFolder(env, file);
  await pruneOneShots(oneShotHome(env), Date.now());
  await untilFree(dataFolder, file, signal);
  const peer = await whileBrokerIsChecked(
    () => makeBroker(place, 'check', { ...(broker && { broker }), log }),
    (checked) =>
      startOneShotPeer(
        { ...question, place, root: dirname(file), dataFolder, verbose: log !== undefined },
        checked,
      ),
    signal,
  );
  return {
    kind: 'one-shot',
    name: oneShotName(process.pid),
    client: peer.client,
    ended: peer.ended,
    close: () => peer.stop(),
  };
};
