import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { lastCodeIn, lastWordsIn } from './log-tail.js';

it.each([
  ['{"msg":"up"}\n{"msg":"PEER_NAME is wrong"}\n', 'PEER_NAME is wrong'],
  ['{"msg":"up"}\nPEER_NAME is ""\nIt wants a name.\n\n', 'PEER_NAME is "" It wants a name.'],
  ['{"msg":"up"}\nkilled\n', 'killed'],
  ['null\n', 'null'],
  ['', ''],
])('%j ends with %j', (text, words) => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-tail-'));
  writeFileSync(join(folder, 'log'), text);
  expect(lastWordsIn(join(folder, 'log'))).toBe(words);
  rmSync(folder, { recursive: true });
});

it('knows the code of the last error', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-tail-'));
  const file = join(folder, 'log');
  writeFileSync(file, '{"msg":"up"}\n{"code":"data-folder-in-use","msg":"process 7 uses it"}\n');
  expect(lastCodeIn(file)).toBe('data-folder-in-use');
  writeFileSync(file, 'killed\n');
  expect(lastCodeIn(file)).toBeUndefined();
  rmSync(folder, { recursive: true });
});

it('is silent about a log that is not there', () => {
  expect(lastWordsIn('/nowhere/log')).toBe('');
});
