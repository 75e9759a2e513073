import { parseFileRef, type LocalStopSharingReply } from '#contracts';
import { shortId, ShoalError } from '#core';
import { print, type Context } from '../context.js';
import { daemonsFor } from '../local/daemons.js';
import type { Daemon } from '../local/find-daemon.js';
import { matching, wantedOf, type Wanted } from '../local/shared-files.js';
import { makeBroker, withAnchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { placeFor, type PeerOptions } from './options.js';

type Stopped = LocalStopSharingReply['stopped'][number];

/** Makes the peers of this machine forget a file and tell the network. No file on disk goes, unless it is unfinished. */
export const stopSharing = async (
  file: string,
  options: PeerOptions,
  context: Context,
): Promise<ExitCode> => {
  const daemons = await daemonsFor(options, context);
  const wanted = await whichFile(file, options, context);
  let stopped = 0;
  for (const daemon of daemons) {
    const files = matching(daemon.status.transfers, wanted).map(({ fileId }) => fileId);
    if (files.length === 0) continue;
    const reply = await daemon.client.stopSharing(files);
    stopped += reply.stopped.length;
    for (const one of reply.stopped) say(one, daemon, options, context);
  }
  if (stopped === 0) throw notShared(file);
  return EXIT.ok;
};

/** A version is known to the anchors only; a name or a path needs nobody. */
const whichFile = async (word: string, options: PeerOptions, context: Context): Promise<Wanted> => {
  if (word.includes('/')) return wantedOf(word, context.cwd);
  const ref = parseFileRef(word);
  if ('fileId' in ref) return { by: 'id', fileId: ref.fileId };
  if (ref.version === undefined) return wantedOf(word, context.cwd);
  const broker = await makeBroker(placeFor(options, context), 'stop-sharing', context);
  const { fileId } = await withAnchors(
    broker,
    (anchors) => anchors.ask('manifest.get', { file: ref, withManifest: false, holders: 0 }),
    context.interrupts(),
  );
  return { by: 'id', fileId };
};

const say = (stopped: Stopped, { name: peer }: Daemon, { json }: PeerOptions, context: Context): void => {
  const { fileId, name, path, wasComplete } = stopped;
  if (json === true) return print(context, JSON.stringify({ event: 'stopped', peer, ...stopped }));
  const what = clean(name ?? shortId(fileId));
  const rest = wasComplete ? `${clean(path)} stays where it is` : 'what was downloaded of it is deleted';
  print(context, `${clean(peer)} no longer shares ${what}; ${rest}`);
};

const notShared = (file: string): ShoalError =>
  new ShoalError('not-found', `no peer of this machine shares "${file}"`, {
    hint: '`shoal status --peer NAME` lists what it shares; write a path with a slash, like ./music.txt.',
  });
