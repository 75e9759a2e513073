import { describe, expect, it } from '@jest/globals';
import { programFile } from './program.js';

describe('programFile', () => {
  it('gives a bundle its neighbours', () => {
    expect(programFile('peer', 'file:///p/dist/bundle/chunk-1.mjs')).toBe('/p/dist/bundle/peer.mjs');
    expect(programFile('engine', 'file:///p/dist/bundle/peer.mjs')).toBe('/p/dist/bundle/engine.mjs');
  });

  it('gives compiled sources what was compiled with them', () => {
    const caller = 'file:///p/dist/libs/platform/src/process/program.js';
    expect(programFile('engine', caller)).toBe('/p/dist/libs/engine/src/main.js');
    expect(programFile('transfer', caller)).toBe('/p/dist/apps/transfer/src/main.js');
  });
});
