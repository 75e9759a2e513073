import { CommanderError } from 'commander';
import { commands as allCommands, type Commands } from './commands/index.js';
import { complain, print, styleOf, type Context } from './context.js';
import { debugLog } from './output/debug-log.js';
import { exitCodeFor, failedEvent, renderError } from './output/errors.js';
import { EXIT, type ExitCode } from './output/exit-codes.js';
import { buildProgram } from './program.js';

/**
 * Runs one command line (without `node` and the script) and says every failure.
 * @returns the exit code; undefined when the process lives on as a peer
 */
export const run = async (
  args: readonly string[],
  context: Context,
  commands: Commands = allCommands,
): Promise<ExitCode | undefined> => {
  let interrupted: AbortSignal | undefined;
  const watching = {
    ...context,
    interrupts: () => (interrupted ??= context.interrupts()),
    ...(isVerbose(args, context) ? { log: debugLog((line) => complain(context, line)) } : {}),
  };
  let code: ExitCode | undefined = EXIT.ok;
  try {
    if (isVersion(args)) return await sayVersion(context);
    await buildProgram(commands, watching, (result) => (code = result)).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    sayFailure(error, args, context);
    return exitCodeFor(error, interrupted?.aborted === true);
  }
};

const isVersion = ([first, ...rest]: readonly string[]): boolean =>
  (first === '-V' || first === '--version') && rest.length === 0;

const sayVersion = async (context: Context): Promise<ExitCode> => {
  const { versionText } = await import('./version.js');
  print(context, await versionText());
  return EXIT.ok;
};

const isVerbose = (args: readonly string[], { env }: Context): boolean =>
  args.includes('--verbose') || (env['SHOAL_DEBUG'] ?? '') !== '';

const sayFailure = (error: unknown, args: readonly string[], context: Context): void => {
  if (args.includes('--json')) print(context, JSON.stringify(failedEvent(error)));
  complain(context, renderError(error, styleOf(context, context.stderr)));
  if (isVerbose(args, context)) complain(context, stackOf(error));
};

const stackOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
};
