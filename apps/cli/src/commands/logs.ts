import { print, type Context } from '../context.js';
import { followLines, lastLines } from '../local/follow-log.js';
import { logFilesOf, logPlaceOf } from '../local/log-files.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { placeIfAny, type PeerOptions } from './options.js';

export interface LogsOptions extends PeerOptions {
  readonly follow?: boolean | undefined;
  readonly lines?: number | undefined;
}

const LINES = 100;

/** What a peer of this machine has logged; `--json` and a pipe get the records as they are. */
export const logs = async (options: LogsOptions, context: Context): Promise<ExitCode> => {
  const { env, cwd, stdout } = context;
  const place = logPlaceOf({ peer: options.peer, env, cwd, place: placeIfAny(options, context) });
  const readable = options.json !== true && stdout.isTTY === true;
  const show = readable ? await prettyLine() : (line: string): string => line;
  const interrupted = options.follow === true ? context.interrupts() : undefined;
  for (const line of await lastLines(logFilesOf(place), options.lines ?? LINES)) print(context, show(line));
  if (interrupted === undefined) return EXIT.ok;
  for await (const line of followLines(() => logFilesOf(place), interrupted)) print(context, show(line));
  return EXIT.ok;
};

/** As `LOG_FORMAT=pretty` has it; what is no record is shown as it is. */
const prettyLine = async (): Promise<(line: string) => string> => {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' });
  return (line) => {
    try {
      return pretty(JSON.parse(line) as object).trimEnd();
    } catch {
      return clean(line);
    }
  };
};
