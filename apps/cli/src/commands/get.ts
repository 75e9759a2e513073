import { parseFileRef, type FileRef } from '#contracts';
import { ShoalError } from '#core';
import type { Context } from '../context.js';
import { openLocalPeer, type LocalPeer } from '../local/local-peer.js';
import { makeBroker, withAnchors } from '../network/session.js';
import { labelOf, type TransferView } from '../output/events.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { makeView, remark } from '../output/make-view.js';
import { clean } from '../output/sanitize.js';
import { sha256Of } from './check-file.js';
import { follow, serve } from './follow.js';
import { localPeerQuestion, placeFor, type GetOptions } from './options.js';
import { outputPath } from './paths.js';

export const get = async (file: string, options: GetOptions, context: Context): Promise<ExitCode> => {
  const ref = parseFileRef(file);
  if (options.check === true && options.chunks !== undefined) {
    throw new ShoalError('bad-config', '--check needs the whole file; it does not go with --chunks', {
      hint: 'Every chunk is verified before it is written anyway.',
    });
  }
  if (options.at !== undefined) {
    const { getAt } = await import('./get-at.js');
    return getAt(file, { ...options, at: options.at }, context);
  }
  const interrupted = context.interrupts();
  const output = await outputPath(options.output, context.cwd, () => nameOf(ref, options, context));
  const view = await makeView(context, { json: options.json, label: labelOf(ref) });
  const question = { ...localPeerQuestion(output, options, context), maxUp: options.maxUp };
  const peer = await openLocalPeer(question, interrupted);
  try {
    await download(file, output, peer, options, view, context);
    return EXIT.ok;
  } catch (error) {
    throw interrupted.aborted ? keptParts(error) : error;
  } finally {
    view.stop();
    await peer.close();
  }
};

const download = async (
  file: string,
  output: string,
  peer: LocalPeer,
  options: GetOptions,
  view: TransferView,
  context: Context,
): Promise<void> => {
  const restore = peer.kind === 'daemon' ? await limitUploads(peer, options, context) : undefined;
  try {
    const request = {
      file,
      output,
      force: options.force ?? false,
      ...(options.chunks === undefined
        ? {}
        : { only: options.chunks.map(([start, end]): [number, number] => [start, end]) }),
      ...(options.maxDown === undefined ? {} : { maxDownRate: options.maxDown }),
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    };
    const done = await follow(peer.client.get(request, context.interrupts()), view, options.chunks);
    if (options.chunks !== undefined && done.outcome === 'downloaded') {
      remark(
        context,
        options.json,
        `${clean(output)} appears when the rest is here: get it without --chunks`,
      );
    }
    if (options.check === true) await check(done.path, done.sha256, view);
    if (options.seed !== true) return;
    if (peer.kind === 'daemon') remark(context, options.json, `${peer.name} goes on serving it`);
    else await serve(peer, done, view, options, context);
  } finally {
    await restore?.();
  }
};

/** A daemon has one upload limit for everything: it is set for the time of this download. */
const limitUploads = async (
  { client, name }: LocalPeer,
  { maxUp, json }: GetOptions,
  context: Context,
): Promise<(() => Promise<void>) | undefined> => {
  if (maxUp === undefined) return undefined;
  const { upRate } = await client.status();
  await client.setLimits({ up: maxUp });
  remark(context, json, `--max-up limits everything that ${name} uploads until this download ends`);
  return () => client.setLimits({ up: upRate > 0 ? upRate : null }).catch(() => undefined);
};

const check = async (path: string, expected: string, view: TransferView): Promise<void> => {
  const found = await sha256Of(path);
  if (found !== expected) {
    throw new ShoalError('file-changed', `${path} has the SHA-256 ${found}, the manifest says ${expected}`, {
      hint: 'Something changed the file after it was downloaded. Get it again with --force.',
    });
  }
  view.handle({ event: 'checked', path, sha256: found });
};

/** The published name; a file id is looked up. */
const nameOf = async (ref: FileRef, options: GetOptions, context: Context): Promise<string> => {
  if ('name' in ref) return ref.name;
  const broker = await makeBroker(placeFor(options, context), 'get', context);
  const { name } = await withAnchors(
    broker,
    (anchors) => anchors.ask('manifest.get', { file: ref, withManifest: false, holders: 0 }),
    context.interrupts(),
  );
  return name ?? ref.fileId;
};

const keptParts = (error: unknown): ShoalError =>
  new ShoalError('cancelled', 'interrupted', {
    cause: error,
    hint: 'What was downloaded is kept: the same command goes on from there.',
  });
