import { describe, expect, it } from '@jest/globals';
import { plainStyle, styleFor } from './style.js';
import { renderFacts, renderTable } from './table.js';

describe('renderTable', () => {
  it('aligns columns, numbers to the right, and leaves no trailing blanks', () => {
    const table = renderTable(
      [{ title: 'chunk' }, { title: 'size', align: 'right' }, { title: 'holders' }],
      [
        ['music1.txt', '64 KiB', 'host1'],
        ['music10.txt', '9 B', ''],
      ],
      plainStyle,
    );
    expect(table).toBe(
      ['CHUNK          SIZE  HOLDERS', 'music1.txt   64 KiB  host1', 'music10.txt     9 B'].join('\n'),
    );
  });

  it('counts the columns that wide characters take', () => {
    const table = renderTable(
      [{ title: 'name' }, { title: 'n' }],
      [
        ['日本', '1'],
        ['ab', '2'],
      ],
      plainStyle,
    );
    expect(table).toBe(['NAME  N', '日本  1', 'ab    2'].join('\n'));
  });

  it('keeps the layout when titles are bold', () => {
    const [title] = renderTable([{ title: 'a' }, { title: 'b' }], [['x', 'y']], styleFor(true)).split('\n');
    expect(title).toBe('\u001b[1mA  B\u001b[22m');
  });
});

describe('renderFacts', () => {
  it('puts values below each other', () => {
    expect(
      renderFacts(
        [
          ['path', '/tmp/x'],
          ['sha256', 'ab'],
        ],
        plainStyle,
      ),
    ).toBe('path    /tmp/x\nsha256  ab');
  });
});
