import { parseFileRef, type ReplyBody } from '#contracts';
import { ShoalError } from '#core';
import { print, type Context } from '../context.js';
import { makeBroker, withAnchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { counted } from '../output/sizes.js';
import { confirmed } from './confirm.js';
import { placeFor, type NetworkOptions } from './options.js';

export interface RmOptions extends NetworkOptions {
  /** The peers drop it, too. */
  readonly everywhere?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

type Removed = ReplyBody<'manifest.unpublish'>;

/** The anchors tell every holder before they answer. */
const TIMEOUT_MS = 20_000;

/** Takes a name, or one version of it, out of the network. */
export const rm = async (file: string, options: RmOptions, context: Context): Promise<ExitCode> => {
  const ref = parseFileRef(file);
  if (!('name' in ref)) {
    throw new ShoalError('bad-name', 'a file id cannot be removed; its names can', {
      hint: 'Write NAME or NAME@VERSION; `shoal ls --all --json` shows which name has which id.',
    });
  }
  const everywhere = options.everywhere === true;
  const question = `Remove ${clean(file)} from the network${everywhere ? ' and make every peer drop it' : ''}?`;
  await confirmed(question, options, context);
  const broker = await makeBroker(placeFor(options, context), 'rm', context);
  const removed = await withAnchors(
    broker,
    (anchors) => anchors.ask('manifest.unpublish', { ...ref, everywhere }, { timeoutMs: TIMEOUT_MS }),
    context.interrupts(),
  );
  if (options.json === true) print(context, JSON.stringify({ event: 'removed', ...removed }));
  else for (const line of linesOf(removed, everywhere)) print(context, line);
  return EXIT.ok;
};

const linesOf = ({ name, removed, latest, told }: Removed, everywhere: boolean): string[] => {
  const gone = removed.map(({ version }) => `${clean(name)}@${version}`).join(', ');
  const now = latest === undefined ? '' : `; the latest is ${clean(name)}@${latest}`;
  const lines = [`no longer published: ${gone}${now}`];
  const kept = removed.filter((version) => !version.gone);
  if (kept.length > 0) {
    lines.push(`${kept.length} of them ${kept.length === 1 ? 'is' : 'are'} still known under another name`);
  }
  if (everywhere && kept.length < removed.length) {
    lines.push(
      `told to drop it: ${counted(told, 'peer')} now, the others when they next report it; no file on a disk is deleted`,
    );
  }
  return lines;
};
