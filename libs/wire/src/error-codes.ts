import type { ErrorCode } from '#core';

/** Numbers of error codes on the wire. Never renumber; a new code takes the next free number. */
const NUMBERS: Readonly<Record<ErrorCode, number>> = {
  'bad-config': 1,
  'bad-frame': 2,
  'bad-id': 3,
  'bad-manifest': 4,
  'bad-message': 5,
  'bad-name': 6,
  'bad-path': 7,
  'bad-size': 8,
  'broker-away': 9,
  cancelled: 10,
  'chunk-out-of-range': 11,
  'chunk-wrong-digest': 12,
  'data-folder-in-use': 13,
  'disk-failed': 14,
  'disk-full': 15,
  'engine-down': 16,
  'file-changed': 17,
  'handshake-failed': 18,
  internal: 19,
  'limit-exceeded': 20,
  'no-anchor': 21,
  'no-holder': 22,
  'not-allowed': 23,
  'not-found': 24,
  'peer-offline': 25,
  'peer-unreachable': 26,
  'redis-away': 27,
  stale: 28,
  'target-exists': 29,
  timeout: 30,
  unroutable: 31,
  'wrong-network': 32,
  'wrong-version': 33,
  'target-in-use': 34,
};

const CODES = new Map(Object.entries(NUMBERS).map(([code, number]) => [number, code as ErrorCode]));

export const numberOfCode = (code: ErrorCode): number => NUMBERS[code];
/** A number that this version does not know is `internal`. */
export const codeOfNumber = (number: number): ErrorCode => CODES.get(number) ?? 'internal';
