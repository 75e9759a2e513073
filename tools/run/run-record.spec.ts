import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processRef, thisMachine } from './process-table.js';
import { readRunRecord, stateOf, writeRunRecord, type RunRecord } from './run-record.js';

const me = processRef(process.pid);
if (me === undefined) throw new Error('this process has no reference');
const record: RunRecord = {
  id: 'r1',
  command: 'test',
  owner: me,
  machine: thisMachine(),
  children: [],
  files: [],
  foreign: [],
};

describe('stateOf', () => {
  it('is live while its owner works', () => {
    expect(stateOf(record)).toBe('live');
  });
  it('is stale when another process has the number of its owner now', () => {
    expect(stateOf({ ...record, owner: { ...me, startedAt: '1' } })).toBe('stale');
  });
  it('is stale after a reboot, whoever has the number', () => {
    expect(stateOf({ ...record, machine: { ...record.machine, boot: 'another' } })).toBe('stale');
  });
  it('is not judged from another container', () => {
    const elsewhere = { ...record.machine, pidNamespace: 'pid:[1]' };
    expect(stateOf({ ...record, owner: { ...me, startedAt: '1' }, machine: elsewhere })).toBe('elsewhere');
  });
});

describe('the record on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-record-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('comes back as it was written', () => {
    expect(readRunRecord(folder)).toBeUndefined();
    writeRunRecord(folder, record);
    expect(readRunRecord(folder)).toEqual(record);
  });
});
