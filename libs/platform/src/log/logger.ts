import { multistream, pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { LogFormat, LogLevel } from '../config/anchor-config.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** `server1/manifest`, `peer/host7`: the name that the broker's admin page shows, too. */
  readonly name: string;
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Gets every line, too, as JSON. */
  readonly file?: DestinationStream | undefined;
}

/** Logs to stdout, synchronously: the last line before an exit is not lost. Never give it a URL that is not redacted. */
export const createLogger = ({ name, level, format, file }: LoggerOptions): Logger => {
  const options = {
    name,
    level,
    base: { pid: process.pid },
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
  };
  const destination = pino.destination({ dest: 1, sync: true });
  // Whoever read our output is gone; there is nobody to tell.
  destination.on('error', () => {});
  const stdout =
    format === 'json'
      ? destination
      : PinoPretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', destination });
  if (file === undefined || level === 'silent') return pino(options, stdout);
  return pino(
    options,
    multistream([
      { level, stream: stdout },
      { level, stream: file },
    ]),
  );
};
