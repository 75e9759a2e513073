import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { ContentHasher } from '../content-hasher.js';
import { isFileName } from '../file-name.js';
import { treeMode, type TreeEntry } from './tree-entry.js';
import { TreeIndex } from './tree-index.js';
import { TREE_LIMITS } from './tree-limits.js';

const badManifest = expect.objectContaining({ code: 'bad-manifest' });
const file = (path: string, size = 1, mode = 0o644): TreeEntry => ({ kind: 'file', path, mode, size });
const folder = (path: string, mode = 0o755): TreeEntry => ({ kind: 'folder', path, mode });
const link = (path: string, target: string): TreeEntry => ({ kind: 'link', path, target });

/** A random tree: every name is a file, a link or a folder of such. */
interface Node {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly kind: 'file' | 'link' | 'folder';
  readonly below: readonly Node[];
}
const name = fc
  .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
  .filter((text) => isFileName(text) && !text.includes('\ufffd'));
const { tree } = fc.letrec<{ tree: readonly Node[] }>((tie) => ({
  tree: fc.uniqueArray(
    fc.record({
      name,
      mode: fc.nat(0o7777),
      size: fc.nat(3_000),
      kind: fc.constantFrom('file', 'link', 'folder'),
      below: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.constant([]), tie('tree')),
    }),
    { maxLength: 4, selector: (node) => node.name },
  ),
}));
const entriesOf = (nodes: readonly Node[], above = ''): TreeEntry[] =>
  nodes.flatMap((node): TreeEntry[] => {
    const path = above + node.name;
    if (node.kind === 'link') return [link(path, `./${node.name}`)];
    if (node.kind === 'file') return [file(path, node.size, treeMode('file', node.mode))];
    return [folder(path, treeMode('folder', node.mode)), ...entriesOf(node.below, `${path}/`)];
  });

describe('the index of a tree', () => {
  it('survives its encoding, which is the same in whatever order the entries came', () => {
    fc.assert(
      fc.property(tree, fc.infiniteStream(fc.double({ noNaN: true })), (nodes, order) => {
        const entries = entriesOf(nodes);
        const index = TreeIndex.of(entries);
        const shuffled = entries.map((entry) => ({ entry, at: order.next().value as number }));
        shuffled.sort((a, b) => a.at - b.at);
        expect(TreeIndex.of(shuffled.map(({ entry }) => entry)).bytes).toEqual(index.bytes);
        const again = TreeIndex.decode(index.bytes);
        expect(again).toEqual(index);
        expect(again.entries).toHaveLength(entries.length);
      }),
    );
  });

  it('has one encoding: changed bytes are refused, or are the index of another tree', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(tree, change, (nodes, { at, to, cut }) => {
        const bytes = Uint8Array.from(TreeIndex.of(entriesOf(nodes)).bytes);
        const tampered = cut ? bytes.subarray(0, at % bytes.length) : bytes;
        if (!cut) bytes[at % bytes.length] = to;
        let decoded: TreeIndex;
        try {
          decoded = TreeIndex.decode(tampered);
        } catch (error) {
          expect(['bad-manifest', 'wrong-version', 'limit-exceeded']).toContain(
            (error as { code: string }).code,
          );
          return;
        }
        expect(Buffer.from(TreeIndex.of(decoded.entries).bytes).equals(tampered)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never made of garbage', () => {
    const head = Buffer.from('shoal-tree-1\0');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5, maxLength: 200 }), (bytes) => {
        expect(() => TreeIndex.decode(Buffer.concat([head, bytes]))).toThrow();
      }),
    );
  });

  it.each<[string, TreeEntry[]]>([
    ['is there twice', [file('a'), file('a')]],
    ['is a file and a folder', [file('a'), folder('a')]],
    ['lies in a file', [file('a'), file('a/b')]],
    ['lies behind a link', [folder('x'), link('a', 'x'), file('a/b')]],
    ['lies in a folder that is not listed', [file('a/b')]],
    ['leaves the tree', [folder('..'), file('../b')]],
    ['is absolute', [folder('/etc')]],
    ['has an empty name', [folder('a'), file('a//b')]],
    ['has a NUL', [file('a\0b')]],
    ['is setuid', [file('a', 1, 0o4755)]],
    ['could not be read by its owner', [file('a', 1, 0o044)]],
    ['is a folder that its owner could not enter', [folder('a', 0o644)]],
    ['is a link that leads out', [link('a', '../b')]],
    ['is an absolute link', [link('a', '/etc')]],
    ['is too long', [file('x'.repeat(256))]],
  ])('refuses what %s', (_, entries) => {
    const { bytes } = TreeIndex.of(entries);
    expect(() => TreeIndex.decode(bytes)).toThrow(badManifest);
  });

  it('refuses entries that are not sorted, bytes left over, sizes and texts that cannot be', () => {
    const { bytes } = TreeIndex.of([file('a', 0x01_02), file('b', 0x01_02)]);
    const text = Buffer.from(bytes).toString('latin1');
    const swapped = text.replace(/a(.{13})b/s, 'b$1a');
    const huge = text.replace('a\0\0\0\0', 'a\xff\0\0\0');
    const notUtf8 = text.replace('b', '\xff');
    for (const wrong of [swapped, huge, notUtf8, `${text}x`]) {
      expect(wrong).not.toBe(text);
      expect(() => TreeIndex.decode(Buffer.from(wrong, 'latin1'))).toThrow(badManifest);
    }
  });

  it('says that a later version is not known, and refuses what is no index at all', () => {
    const later = Buffer.from(TreeIndex.of([]).bytes).toString('latin1').replace('-1', '-2');
    expect(() => TreeIndex.decode(Buffer.from(later, 'latin1'))).toThrow(
      expect.objectContaining({ code: 'wrong-version' }),
    );
    expect(() => TreeIndex.decode(Buffer.from('just some text that is long'))).toThrow(badManifest);
  });

  it('has caps', () => {
    const many = Array.from({ length: TREE_LIMITS.entries + 1 }, () => file('a'));
    const exceeded = expect.objectContaining({ code: 'limit-exceeded' });
    expect(() => TreeIndex.of(many)).toThrow(exceeded);
    expect(() => TreeIndex.decode(new Uint8Array(TREE_LIMITS.indexBytes + 1))).toThrow(exceeded);
    const claims = Buffer.from(TreeIndex.of([]).bytes);
    claims.writeUInt32BE(TREE_LIMITS.entries + 1, claims.length - 4);
    expect(() => TreeIndex.decode(claims)).toThrow(exceeded);
  });

  it('adds up to its manifest or is refused', () => {
    const index = TreeIndex.of([file('a', 5), file('b', 0)]);
    const manifestFor = (size: number, indexBytes: number, files: number) => {
      const hasher = new ContentHasher(size, 1_024, 'sha256', { indexBytes, files });
      hasher.update(new Uint8Array(size));
      return hasher.finish();
    };
    const { length } = index.bytes;
    expect(() => index.checkAgainst(manifestFor(index.size, length, 2))).not.toThrow();
    for (const [size, bytes, files] of [
      [index.size + 1, length, 2],
      [index.size, length - 1, 2],
      [index.size, length, 3],
    ] as const) {
      expect(() => index.checkAgainst(manifestFor(size, bytes, files))).toThrow(badManifest);
    }
  });
});

describe('the content of a tree', () => {
  it('is made of pieces: every byte once, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 8 }), fc.nat(), fc.nat(), (sizes, a, b) => {
        const index = TreeIndex.of(sizes.map((size, number) => file(`f${number}`, size)));
        const [from, to] = [a % (index.size + 1), b % (index.size + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const bytes = [...index.pieces(from, to)].flatMap((piece) =>
          Array.from({ length: piece.length }, (_, at) => [piece.file, piece.position + at]),
        );
        const all = [
          ...Array.from(index.bytes, (_, at) => [undefined, at]),
          ...index.files.flatMap(({ size }, number) => Array.from({ length: size }, (_, at) => [number, at])),
        ];
        expect(bytes).toEqual(all.slice(from, to));
      }),
    );
  });
});
