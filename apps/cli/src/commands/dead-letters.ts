import { formatDuration, formatSize, ShoalError } from '#core';
import type { DeadLetter, DeadLetterBox, FullDeadLetter, LetterOutcome } from '#platform/broker';
import { complain, print, styleOf, type Context } from '../context.js';
import { openDeadLetters } from '../network/dead-letters.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { renderError } from '../output/errors.js';
import { clean } from '../output/sanitize.js';
import { renderFacts, renderTable } from '../output/table.js';
import { confirmed } from './confirm.js';
import { placeFor, type NetworkOptions } from './options.js';

export interface DeadLetterOptions extends NetworkOptions {
  /** Every letter. */
  readonly all?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** Characters of an id that must be given. */
const ID_MIN = 4;

/** What can never be handled, and why; the oldest first. */
export const listDeadLetters = async (options: DeadLetterOptions, context: Context): Promise<ExitCode> => {
  const letters = await withBox(options, context, (box) => box.list());
  if (options.json === true) for (const letter of letters) print(context, JSON.stringify(letter));
  else print(context, letters.length === 0 ? 'no dead letter' : tableOf(letters, context));
  return EXIT.ok;
};

export const showDeadLetter = async (
  id: string,
  options: DeadLetterOptions,
  context: Context,
): Promise<ExitCode> => {
  const found = await withBox(options, context, (box) => box.read(named([id])));
  const letter = theOne(id, found);
  if (options.json === true)
    print(context, JSON.stringify({ ...letter, body: letter.body.toString('utf8') }));
  else print(context, fullText(letter, context));
  return EXIT.ok;
};

/** Sends letters to where they were sent first. */
export const requeueDeadLetters = (
  ids: readonly string[],
  options: DeadLetterOptions,
  context: Context,
): Promise<ExitCode> => settle('sent again', 'requeue', ids, options, context);

export const dropDeadLetters = async (
  ids: readonly string[],
  options: DeadLetterOptions,
  context: Context,
): Promise<ExitCode> => {
  const what = options.all === true ? 'every dead letter' : ids.join(', ');
  checkIds(ids, options);
  await confirmed(`Drop ${clean(what)} for good?`, options, context);
  return settle('dropped', 'drop', ids, options, context);
};

const settle = async (
  done: string,
  act: 'requeue' | 'drop',
  ids: readonly string[],
  options: DeadLetterOptions,
  context: Context,
): Promise<ExitCode> => {
  checkIds(ids, options);
  const wanted = options.all === true ? () => true : named(ids);
  const outcomes = await withBox(options, context, async (box) => {
    if (options.all !== true) checkNames(ids, await box.list());
    return box[act](wanted);
  });
  for (const outcome of outcomes) sayOutcome(outcome, done, options, context);
  if (outcomes.length === 0 && options.json !== true) print(context, 'no dead letter');
  const failed = outcomes.find(({ error }) => error !== undefined);
  return failed === undefined ? EXIT.ok : EXIT.failed;
};

const withBox = async <T>(
  options: DeadLetterOptions,
  context: Context,
  work: (box: DeadLetterBox) => Promise<T>,
): Promise<T> => {
  const box = await openDeadLetters(placeFor(options, context), context);
  try {
    return await work(box);
  } finally {
    await box.close();
  }
};

const named =
  (ids: readonly string[]) =>
  ({ id }: DeadLetter): boolean =>
    ids.some((start) => start.length >= ID_MIN && id.startsWith(start));

const checkIds = (ids: readonly string[], { all }: DeadLetterOptions): void => {
  if (all === true ? ids.length === 0 : ids.length > 0) return;
  throw new ShoalError('bad-config', all === true ? '--all goes without ids' : 'which letters?', {
    hint: 'Name them by id, or say --all; `shoal dead-letters` lists them.',
  });
};

/** Before anything is done, so that a wrong word does nothing. */
const checkNames = (ids: readonly string[], letters: readonly DeadLetter[]): void => {
  for (const id of ids) theOne(id, letters.filter(named([id])));
};

const theOne = <T extends DeadLetter>(id: string, found: readonly T[]): T => {
  const [only, ...more] = found;
  const different = more.filter((other) => other.id !== only?.id);
  if (only !== undefined && different.length === 0) return only;
  throw only === undefined
    ? new ShoalError('not-found', `no dead letter has the id "${id}"`, {
        hint: '`shoal dead-letters` lists them.',
      })
    : new ShoalError('bad-id', `several dead letters have an id that begins with "${id}"`, {
        hint: 'Write more of it.',
      });
};

const sayOutcome = (
  { letter, error }: LetterOutcome,
  done: string,
  { json }: DeadLetterOptions,
  context: Context,
): void => {
  const { id, name, key } = letter;
  if (json === true) {
    print(
      context,
      JSON.stringify({ event: error === undefined ? done.replace(' ', '-') : 'failed', id, error }),
    );
  } else if (error === undefined) print(context, `${id} ${clean(name ?? key)}: ${done}`);
  else
    complain(context, `${id} stays a dead letter\n${renderError(error, styleOf(context, context.stderr))}`);
};

const tableOf = (letters: readonly DeadLetter[], context: Context): string =>
  renderTable(
    [
      { title: 'id' },
      { title: 'age' },
      { title: 'message' },
      { title: 'queue' },
      { title: 'size', align: 'right' },
      { title: 'code' },
      { title: 'reason' },
    ],
    letters.map(({ id, at, name, key, queue, size, code, reason }) => [
      id,
      formatDuration(Math.max(0, context.now() - at)),
      clean(name ?? key),
      clean(queue),
      formatSize(size),
      clean(code),
      clean(reason).slice(0, 120),
    ]),
    styleOf(context, context.stdout),
  );

const fullText = (letter: FullDeadLetter, context: Context): string => {
  const facts = renderFacts(
    [
      ['id', letter.id],
      ['died', `${new Date(letter.at).toISOString()} in ${clean(letter.queue)}`],
      ['why', `${clean(letter.code)}: ${clean(letter.reason)}`],
      ['message', clean(letter.name ?? '(no name)')],
      [
        'sent to',
        `${clean(letter.exchange === '' ? 'the default exchange' : letter.exchange)}, key ${clean(letter.key)}`,
      ],
      ['message id', clean(letter.messageId ?? '-')],
      ['headers', clean(JSON.stringify(letter.headers))],
      [
        'size',
        `${formatSize(letter.size)}${letter.isCut ? ', of which only the first bytes were kept' : ''}`,
      ],
    ],
    styleOf(context, context.stdout),
  );
  return `${facts}\n\n${clean(letter.body.toString('utf8'))}`;
};
