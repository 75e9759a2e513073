import { ShoalError } from '#core';
import type { LocalStatus } from '#contracts';
import type { NetworkPlace } from '../network/place.js';
import {
  allCandidates,
  isBelowRoots,
  isPath,
  namedCandidate,
  noSuchPeer,
  oneShotCandidates,
  type Candidate,
  type PeerQuestion,
} from './candidates.js';
import { ControlClient } from './control-client.js';

/** A daemon that answered. */
export interface Daemon {
  readonly name: string;
  readonly client: ControlClient;
  readonly status: LocalStatus;
}

/** A daemon that hangs must not hold up a command that can do without it. */
const PROBE_MS = 1_000;

/**
 * The daemon that may read and write `file`: the named one whatever its roots are (it says itself what it refuses), else
 * the first of this network whose roots hold the file.
 * @throws ShoalError when the named one does not answer
 */
export const findDaemonFor = async (file: string, question: PeerQuestion): Promise<Daemon | undefined> => {
  const named = namedCandidate(question);
  if (named !== undefined) return reach(named);
  for (const candidate of allCandidates(question)) {
    const daemon = await probe(candidate);
    if (
      daemon !== undefined &&
      suits(daemon.status, question.place) &&
      isBelowRoots(daemon.status.roots, file)
    ) {
      return daemon;
    }
  }
  return undefined;
};

/**
 * Every peer of this machine that answers, one-shot ones too; only the named one if there is a name.
 * @throws ShoalError when the named one does not answer
 */
export const findDaemons = async (question: PeerQuestion): Promise<Daemon[]> => {
  const { peer } = question;
  const atPath = peer === undefined || isPath(peer) ? namedCandidate(question) : undefined;
  if (atPath !== undefined) return [await reach(atPath)];
  const all = await Promise.all([...allCandidates(question), ...oneShotCandidates(question)].map(probe));
  const running = all
    .filter((daemon): daemon is Daemon => daemon !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (peer === undefined) return running;
  const named = running.filter(({ name }) => name === peer);
  if (named.length === 0) throw noSuchPeer(peer);
  return named;
};

/** Files must not land in another network than the one that the user meant. */
const suits = ({ networkId, anchor }: LocalStatus, place: NetworkPlace | undefined): boolean =>
  place === undefined ||
  (networkId === place.networkId &&
    (anchor === undefined || place.anchors.some(({ name }) => name === anchor || name === 'any')));

const reach = async ({ controlSocket }: Candidate, timeoutMs?: number): Promise<Daemon> => {
  const client = new ControlClient(controlSocket);
  const status = await client.status(timeoutMs);
  return { name: status.name, client, status };
};

/** Undefined when nobody answers. @throws ShoalError `wrong-version`: one that answers and cannot be used is no secret */
const probe = (candidate: Candidate): Promise<Daemon | undefined> =>
  reach(candidate, PROBE_MS).catch((error: unknown) => {
    if (error instanceof ShoalError && error.code === 'wrong-version') throw error;
    return undefined;
  });
