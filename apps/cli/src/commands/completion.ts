import type { Command } from 'commander';
import { COMPLETION_SCRIPTS, START_LINES, type Shell } from '../completion/scripts.js';
import { expectedAt } from '../completion/words.js';
import { complain, print, type Context } from '../context.js';
import { allCandidates } from '../local/candidates.js';
import { findPlaceIfAny } from '../network/place.js';
import { makeBroker, withAnchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';

/** A person waits with a finger on the key, milliseconds. */
const PATIENCE_MS = 1_500;
/** More names than a person reads. */
const NAMES_MAX = 200;

/** Prints what a shell evaluates; on a terminal it also says where that goes. */
export const completion = async (shell: Shell, context: Context): Promise<ExitCode> => {
  print(context, COMPLETION_SCRIPTS[shell]);
  if (context.stdout.isTTY === true) complain(context, `\nTo have it in every shell: ${START_LINES[shell]}`);
  return EXIT.ok;
};

/** The words that may stand where the cursor is, one a line. Never complains: a shell would show it in the middle of a line. */
export const complete = async (
  typed: readonly string[],
  program: Command,
  context: Context,
): Promise<ExitCode> => {
  const { words, also } = expectedAt(program, typed);
  const start = typed.at(-1) ?? '';
  const more =
    also === 'published-names'
      ? await publishedNames(start, context).catch(() => [])
      : also === 'local-peers'
        ? peersHere(start, context)
        : [];
  for (const word of [...words, ...more]) print(context, word);
  return EXIT.ok;
};

const publishedNames = async (start: string, context: Context): Promise<string[]> => {
  const { env, cwd } = context;
  const place = findPlaceIfAny({ env, cwd });
  if (place === undefined || /[*?]/.test(start)) return [];
  const broker = await makeBroker(place, 'complete', context);
  const { files } = await withAnchors(
    broker,
    (anchors) =>
      anchors.ask(
        'manifest.search',
        { pattern: `${start}*`, limit: NAMES_MAX },
        { tries: 1, timeoutMs: PATIENCE_MS },
      ),
    AbortSignal.timeout(PATIENCE_MS),
  );
  // Names come from others: one that could act on a terminal is not put into a command line.
  return files.map(({ name }) => name).filter((name) => clean(name) === name);
};

const peersHere = (start: string, { env, cwd }: Context): string[] =>
  allCandidates({ env, cwd, place: findPlaceIfAny({ env, cwd }) })
    .map(({ name }) => name)
    .filter((name) => name.startsWith(start));
