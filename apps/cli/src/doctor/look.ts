import { access, constants, stat, statfs } from 'node:fs/promises';
import { asShoalError, type ShoalError } from '#core';
import { anchorCheckKey } from '#contracts';
import type { NetworkPlace } from '../network/place.js';
import type { Anchors } from '../network/session.js';
import type { Daemon } from '../local/find-daemon.js';
import type { AnchorLook } from './judge-anchors.js';
import type { FolderLook, PeerLook } from './judge-peer.js';

/** Milliseconds for one question of the doctor. */
const ASK_MS = 3_000;
const ADMIN_MS = 2_000;
const ADMIN_PORT = 15_672;

/** Every anchor of the list; whichever answers where the list has no names. */
export const lookAtAnchors = (
  anchors: Anchors,
  { anchors: list }: NetworkPlace,
  now: () => number,
): Promise<AnchorLook[]> =>
  Promise.all([...new Set(list.map(({ name }) => name))].map((name) => lookAtAnchor(anchors, name, now)));

const lookAtAnchor = async (anchors: Anchors, name: string, now: () => number): Promise<AnchorLook> => {
  const key = name === 'any' ? {} : { key: anchorCheckKey(name, 'cli') };
  const asked = now();
  try {
    const reply = await anchors.ask('connection.check', {}, { ...key, timeoutMs: ASK_MS, tries: 1 });
    return { name, reply, skewMs: reply.now - (asked + now()) / 2 };
  } catch (error) {
    return { name, error: asShoalError(error) };
  }
};

/** Whether the process that answers this question is there; a question with a bad answer will do. */
export const lookAtKind = async (
  anchors: Anchors,
  kind: 'manifest' | 'transfer',
): Promise<ShoalError | undefined> => {
  const options = { timeoutMs: ASK_MS, tries: 1 };
  try {
    if (kind === 'manifest') await anchors.ask('manifest.search', { pattern: 'doctor', limit: 1 }, options);
    else await anchors.ask('transfer.status', { distributionId: 'doctor' }, options);
    return undefined;
  } catch (error) {
    const { code } = asShoalError(error);
    return code === 'not-found' ? undefined : asShoalError(error);
  }
};

/** @param anchors undefined when none can be asked */
export const lookAtPeer = async ({ status }: Daemon, anchors: Anchors | undefined): Promise<PeerLook> => {
  const folders = [...(status.dataFolder === undefined ? [] : [status.dataFolder]), ...status.roots];
  const options = { timeoutMs: ASK_MS, tries: 1 };
  const dialled = await anchors
    ?.ask('connection.check', { dial: status.peerId }, options)
    .then((reply) => reply.dialled)
    .catch(() => undefined);
  return {
    status,
    ...(dialled === undefined ? {} : { dialled }),
    folders: await Promise.all(folders.map(lookAtFolder)),
  };
};

export const lookAtFolder = async (path: string): Promise<FolderLook> => {
  try {
    if (!(await stat(path)).isDirectory()) return { path, problem: 'it is not a folder' };
    await access(path, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(path);
    return { path, freeBytes: bavail * bsize };
  } catch (error) {
    return { path, problem: (error as Error).message };
  }
};

/** The admin page beside the broker, or where SHOAL_ADMIN_URL says. */
export const lookAtAdmin = async (
  brokerUrl: string,
  given: string | undefined,
): Promise<{ url: string; isThere: boolean }> => {
  const broker = new URL(brokerUrl);
  const url = given || `http://${broker.hostname || '127.0.0.1'}:${ADMIN_PORT}/`;
  try {
    await fetch(url, { signal: AbortSignal.timeout(ADMIN_MS) });
    return { url, isThere: true };
  } catch {
    return { url, isThere: false };
  }
};
