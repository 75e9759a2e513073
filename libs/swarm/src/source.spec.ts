import { describe, expect, it } from '@jest/globals';
import { Bitfield } from '#core';
import type { OpenRequest } from './request-ledger.js';
import { DOWNLOAD_DEFAULTS } from './settings.js';
import { Source } from './source.js';

const sourceWith = (roundTripMs?: number): Source =>
  new Source(
    'a',
    { has: Bitfield.full(4), granting: false, ...(roundTripMs === undefined ? {} : { roundTripMs }) },
    DOWNLOAD_DEFAULTS,
    0,
  );

const request = (chunk: number, askedAt: number): OpenRequest => ({
  source: 'a',
  chunk,
  askedAt,
  bytes: 1,
  received: 0,
  begun: false,
  stalled: false,
});

describe('the round trip of a source', () => {
  it('is no longer than the fastest answer, whatever its handshake took', () => {
    const source = sourceWith(300);
    source.answered(request(0, 1_000), 1_040);
    source.answered(request(1, 1_000), 1_090);
    expect(source.roundTrip).toBe(40);
    expect(sourceWith(300).roundTrip).toBe(300);
  });

  it('that is not known is guessed, up to a cap: an answer may have waited in a queue', () => {
    const source = sourceWith();
    source.answered(request(0, 1_000), 5_000);
    expect(source.roundTrip).toBe(DOWNLOAD_DEFAULTS.guessedRoundTripMax);
  });

  it('is not learnt from a chunk that may be an earlier, cancelled copy', () => {
    const source = sourceWith(300);
    source.addStray(0);
    source.answered(request(0, 1_000), 1_001);
    expect(source.roundTrip).toBe(300);
    source.takeStray(0);
    source.answered(request(0, 1_000), 1_001);
    expect(source.roundTrip).toBe(1);
  });
});
