import type { Command, Option } from 'commander';

/** What may stand where the cursor is. */
export interface Expected {
  readonly words: readonly string[];
  /** Asked of the network or of this machine. */
  readonly also?: 'published-names' | 'local-peers';
}

const NOTHING: Expected = { words: [] };

/** @param typed the words after `shoal`; the last one is not finished and may be empty */
export const expectedAt = (program: Command, typed: readonly string[]): Expected => {
  const finished = typed.slice(0, -1);
  const last = typed.at(-1) ?? '';
  const { command, operands } = walk(program, finished);
  const pending = optionOf(command, finished.at(-1) ?? '');
  if (pending !== undefined && takesValue(pending)) return valueOf(pending);
  if (last.startsWith('-')) return { words: starting(flagsOf(command), last) };
  if (command.commands.length > 0 && operands === 0) {
    return { words: starting(namesOf(command), last) };
  }
  const argument = command.registeredArguments[Math.min(operands, command.registeredArguments.length - 1)];
  if (argument === undefined || (operands >= command.registeredArguments.length && !argument.variadic)) {
    return NOTHING;
  }
  if (argument.argChoices !== undefined) return { words: starting(argument.argChoices, last) };
  return isPublishedName(command, argument.name()) ? { words: [], also: 'published-names' } : NOTHING;
};

/** The command that the words lead to, and how many of its arguments they give. */
const walk = (program: Command, words: readonly string[]): { command: Command; operands: number } => {
  let command = program;
  let operands = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const option = optionOf(command, word);
    if (option !== undefined && takesValue(option)) at++;
    if (word.startsWith('-')) continue;
    const next = operands === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (next === undefined) operands++;
    else command = next;
  }
  return { command, operands };
};

const optionOf = (command: Command, word: string): Option | undefined =>
  word.startsWith('-')
    ? command.options.find(({ long, short }) => long === word || short === word)
    : undefined;

const takesValue = ({ required, optional }: Option): boolean => required || optional;

const valueOf = ({ long, argChoices }: Option): Expected =>
  long === '--peer' ? { words: [], also: 'local-peers' } : { words: argChoices ?? [] };

const flagsOf = (command: Command): string[] =>
  [...command.options, ...(command.parent?.options ?? [])]
    .filter(({ hidden }) => !hidden)
    .map(({ long, short }) => long ?? short ?? '')
    .concat('--help');

/** Hidden ones are for programs. */
const namesOf = (command: Command): string[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());

/** A `<file>` that is published already: of every command but those that take a file of this machine. */
const FROM_DISK: ReadonlySet<string> = new Set(['publish', 'split', 'join', 'share']);
const isPublishedName = (command: Command, argument: string): boolean =>
  !FROM_DISK.has(command.name()) && ['file', 'pattern'].includes(argument);

const starting = (words: readonly string[], start: string): string[] =>
  [...new Set(words)].filter((word) => word.startsWith(start)).sort();
