import type { ErrorCode } from '#core';

/** What a script may rely on (`shoal --help` prints them). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  noAnchor: 4,
  noHolder: 5,
  disk: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
  'bad-config': EXIT.usage,
  'bad-frame': EXIT.failed,
  'bad-id': EXIT.usage,
  'bad-manifest': EXIT.failed,
  'bad-message': EXIT.failed,
  'bad-name': EXIT.usage,
  'bad-path': EXIT.usage,
  'bad-size': EXIT.usage,
  'broker-away': EXIT.noAnchor,
  cancelled: EXIT.failed,
  'chunk-out-of-range': EXIT.usage,
  'chunk-wrong-digest': EXIT.failed,
  'data-folder-in-use': EXIT.failed,
  'disk-failed': EXIT.disk,
  'disk-full': EXIT.disk,
  'engine-down': EXIT.failed,
  'file-changed': EXIT.failed,
  'handshake-failed': EXIT.failed,
  internal: EXIT.failed,
  'limit-exceeded': EXIT.failed,
  'no-anchor': EXIT.noAnchor,
  'no-holder': EXIT.noHolder,
  'not-allowed': EXIT.failed,
  'not-found': EXIT.notFound,
  'peer-offline': EXIT.noHolder,
  'peer-unreachable': EXIT.noHolder,
  'redis-away': EXIT.noAnchor,
  stale: EXIT.failed,
  'target-exists': EXIT.disk,
  'target-in-use': EXIT.disk,
  timeout: EXIT.noHolder,
  unroutable: EXIT.noAnchor,
  'wrong-network': EXIT.failed,
  'wrong-version': EXIT.failed,
};

export const exitCodeOf = (code: ErrorCode): ExitCode => BY_CODE[code];

export const EXIT_HELP = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'failed'],
  [EXIT.usage, 'wrong use: a flag, a name, a path, the configuration'],
  [EXIT.notFound, 'there is no such file or name'],
  [EXIT.noAnchor, 'no anchor or broker answers'],
  [EXIT.noHolder, 'nobody who has it answers in time'],
  [EXIT.disk, 'the target exists already, or the disk is full or broken'],
  [EXIT.interrupted, 'interrupted'],
] as const;
