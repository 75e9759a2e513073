import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { parseFileRef } from '#contracts';
import { formatDuration, ShoalError } from '#core';
import { untilAborted, type Context } from '../context.js';
import { watchFacts } from '../network/fact-watch.js';
import { makeBroker, withAnchors, type Anchors } from '../network/session.js';
import { labelOf } from '../output/events.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { makeView } from '../output/make-view.js';
import { placeFor, type GetOptions } from './options.js';
import { RemoteDownload } from './remote-download.js';
import { StallWatch } from './stall-watch.js';

type GetAtOptions = GetOptions & { readonly at: string };

/** Facts tell most; this finds what was said while the connection was down. */
const STATUS_EVERY_MS = 5_000;

/** Makes another peer download, through the anchors, and follows it until it ended. */
export const getAt = async (file: string, options: GetAtOptions, context: Context): Promise<ExitCode> => {
  const request = downloadRequest(file, options);
  const place = placeFor(options, context);
  const view = await makeView(context, { json: options.json, label: labelOf(parseFileRef(file)) });
  const broker = await makeBroker(place, 'get', context);
  const stall = new StallWatch(options.timeout, (silence) => late(options.at, silence));
  const download = new RemoteDownload(options.at, (event) => {
    stall.moved(event.event === 'progress' ? event.bytes : undefined);
    view.handle(event);
  });
  watchFacts(broker, place.networkId, ['download.*.*', 'distribution.*.*'], (fact) => download.take(fact));
  try {
    const interrupted = context.interrupts();
    const left = untilAborted(interrupted).then<never>(() => Promise.reject(detached(options.at)));
    const over = Promise.race([download.ended, stall.tooLong, left]);
    over.catch(() => undefined);
    const work = (anchors: Anchors): Promise<void> => follow(anchors, request, options.at, download, over);
    await withAnchors(broker, work, interrupted);
    return EXIT.ok;
  } catch (error) {
    throw context.interrupts().aborted ? detached(options.at) : error;
  } finally {
    stall.stop();
    view.stop();
  }
};

const follow = async (
  anchors: Anchors,
  request: ReturnType<typeof downloadRequest>,
  peer: string,
  download: RemoteDownload,
  over: Promise<void>,
): Promise<void> => {
  const { distributionId, created } = await anchors.ask('transfer.download', request);
  download.asked({ event: 'asked', peer, distributionId, created });
  const look = (): void =>
    void anchors.ask('transfer.status', { distributionId }).then(
      (status) => download.takeStatus(status),
      // The next look, or a fact, will tell.
      () => undefined,
    );
  const timer = setInterval(look, STATUS_EVERY_MS);
  try {
    await over;
  } finally {
    clearInterval(timer);
  }
};

/** @throws ShoalError `bad-config` for flags that only make sense on this machine, `bad-path` */
export const downloadRequest = (file: string, options: GetAtOptions) => {
  refuseLocalFlags(options);
  return {
    file,
    targets: [options.at],
    force: options.force ?? false,
    idempotencyKey: randomUUID(),
    ...remoteTarget(options.output),
    ...(options.maxDown === undefined ? {} : { maxDownRate: options.maxDown }),
  };
};

const refuseLocalFlags = ({ check, seed, chunks, maxUp }: GetOptions): void => {
  const [flag] = [
    check === true && '--check',
    seed === true && '--seed',
    chunks !== undefined && '--chunks',
    maxUp !== undefined && '--max-up',
  ].filter((wrong) => wrong !== false);
  if (flag === undefined) return;
  throw new ShoalError('bad-config', `${flag} does not go with --at`, {
    hint: 'The other peer verifies every chunk, goes on serving, and has limits of its own.',
  });
};

/** `-o` at another peer is below the first of its roots: `folder/name`, or `folder/` to keep the published name. */
const remoteTarget = (output: string | undefined): { folder?: string; saveAs?: string } => {
  if (output === undefined) return {};
  if (posix.isAbsolute(output) || output.split('/').includes('..')) {
    throw new ShoalError('bad-path', `"${output}" is not below the root of the other peer`, {
      hint: 'With --at, -o is relative to the folder of that peer and has no "..".',
    });
  }
  const saveAs = posix.basename(output);
  const folder = output.endsWith('/') ? posix.normalize(output) : posix.dirname(output);
  return {
    ...(folder === '.' || folder === './' ? {} : { folder: folder.replace(/\/$/, '') }),
    ...(output.endsWith('/') || saveAs === '.' ? {} : { saveAs }),
  };
};

const late = (peer: string, silence: number): ShoalError =>
  new ShoalError('timeout', `${peer} has not moved for ${formatDuration(silence)}`, { hint: goesOn(peer) });

const detached = (peer: string): ShoalError =>
  new ShoalError('cancelled', 'interrupted', { hint: goesOn(peer) });

const goesOn = (peer: string): string => `The download at ${peer} goes on; only this command ended.`;
