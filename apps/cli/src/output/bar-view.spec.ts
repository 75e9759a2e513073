import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { BarView } from './bar-view.js';
import { plainStyle } from './style.js';

const terminal = (): { stream: NodeJS.WriteStream; written: () => string } => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  let text = '';
  stream.on('data', (part: Buffer) => (text += part.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => text };
};
const progress = {
  event: 'progress',
  bytes: 5,
  size: 10,
  chunks: 1,
  chunkCount: 2,
  rate: 5,
  sources: 1,
} as const;
const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';

describe('BarView', () => {
  it('draws a bar, puts notices above it at once, and gives the cursor back', () => {
    const { stream, written } = terminal();
    const view = new BarView('music.txt', stream, plainStyle, () => 0);
    view.handle(progress);
    view.handle({ event: 'notice', kind: 'source-lost', message: 'lost host1' });
    expect(written()).toContain('note: lost host1\n');
    expect(written()).toMatch(/music\.txt █+░+ {2}50%/);
    view.stop();
    view.stop();
    expect(written().indexOf(HIDE)).toBeGreaterThanOrEqual(0);
    expect(written().lastIndexOf(SHOW)).toBeGreaterThan(written().lastIndexOf(HIDE));
  });

  it('writes plain lines before the first and after the last progress', () => {
    const { stream, written } = terminal();
    const view = new BarView('music.txt', stream, plainStyle, () => 0);
    view.handle({ event: 'checked', path: '/x', sha256: 'ab' });
    view.stop();
    expect(written()).toBe('checked: the file on disk has this SHA-256\n');
  });
});
