import { asShoalError, type ErrorCode, type ErrorDocument } from '#core';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import { clean } from './sanitize.js';
import type { Style } from './style.js';

/** What a person can do where the error itself does not say. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  'no-anchor':
    'Run `npm start` for a network on this machine, or say where one is with --anchors or ANCHORS.',
  'broker-away': 'Is RabbitMQ running there? `npm start` starts a network on this machine.',
  unroutable: 'No anchor takes this request. Start one with `shoal anchor --name server1`.',
  'redis-away': 'The anchors cannot reach Redis; try again when it is back.',
  'target-exists': 'Choose another path with -o, or replace the file with --force.',
  'disk-full': 'Free some space and run the same command again: what was downloaded is kept.',
  'no-holder': '`shoal manifest` shows who has which chunk.',
  'not-found': "`shoal search '*'` lists every file.",
  'data-folder-in-use': 'Another shoal process works on this; wait for it or stop it.',
};

/** The lines for stderr, without the last line break. */
export const renderError = (thrown: unknown, style: Style): string => {
  const { code, message, hint } = asShoalError(thrown);
  const help = hint ?? HINTS[code];
  const lines = [`${style.bad('error:')} ${clean(message)}`];
  if (help !== undefined) lines.push(`${style.dim('hint:')} ${clean(help)}`);
  return lines.join('\n');
};

/** The last line of `--json` when something failed. */
export const failedEvent = (thrown: unknown): { event: 'failed'; error: ErrorDocument } => ({
  event: 'failed',
  error: asShoalError(thrown).toJSON(),
});

export const exitCodeFor = (thrown: unknown, interrupted: boolean): ExitCode =>
  interrupted ? EXIT.interrupted : exitCodeOf(asShoalError(thrown).code);
