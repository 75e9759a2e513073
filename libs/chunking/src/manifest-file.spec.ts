import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { DIGEST_BYTES } from '#core';
import { ContentHasher } from './content-hasher.js';
import { isFileName } from './file-name.js';
import { Manifest } from './manifest.js';
import { MANIFEST_FILE_BYTES_MAX, formatManifestDocument, parseManifestDocument } from './manifest-file.js';

const CHUNK = 1_024;
const badManifest = expect.objectContaining({ code: 'bad-manifest' });

const manifestOf = (bytes: Uint8Array): Manifest => {
  const hasher = new ContentHasher(bytes.length, CHUNK);
  hasher.update(bytes);
  return hasher.finish();
};
const name = fc.option(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter(isFileName), {
  nil: undefined,
});

interface Row {
  name?: string;
  size: number;
  digest: string;
}
type Loose = Record<string, unknown> & { chunks: Row[] };

it('keeps what a tree is', () => {
  const hasher = new ContentHasher(5, CHUNK, 'sha256', { indexBytes: 2, files: 1 });
  hasher.update(Buffer.from('shoal'));
  const manifest = hasher.finish();
  expect(parseManifestDocument(formatManifestDocument(manifest, 'music'))).toEqual({
    manifest,
    name: 'music',
  });
});

const tampered = (change: (file: Loose) => void): string => {
  const file = JSON.parse(
    formatManifestDocument(manifestOf(new Uint8Array(2_500).fill(1)), 'music.txt'),
  ) as Loose;
  change(file);
  return JSON.stringify(file);
};
const row = (file: Loose, index: number): Row => file.chunks[index] as Row;

const changes: Record<string, (file: Loose) => void> = {
  'another name': (file) => (file['name'] = 'other.txt'),
  'no name': (file) => delete file['name'],
  'a name that leaves its folder': (file) => (file['name'] = '../music.txt'),
  'another size': (file) => (file['size'] = 2_501),
  'another chunk size': (file) => (file['chunkSize'] = 2_048),
  'another algorithm': (file) => (file['digestAlgorithm'] = 'md5'),
  'another file id': (file) => (file['fileId'] = '0'.repeat(64)),
  'another SHA-256': (file) => (file['sha256'] = '0'.repeat(64)),
  'another chunk digest': (file) => (row(file, 1).digest = '0'.repeat(64)),
  'another chunk size in a row': (file) => (row(file, 2).size = 1_024),
  'another chunk name': (file) => (row(file, 0).name = 'music2.txt'),
  'a chunk without name': (file) => delete row(file, 0).name,
  'chunks in another order': (file) => file.chunks.reverse(),
  'a chunk less': (file) => file.chunks.pop(),
  'a chunk more': (file) => file.chunks.push(row(file, 0)),
  'a field that nobody knows': (file) => (file['extra'] = 1),
  'no chunks at all': (file) => delete (file as Record<string, unknown>)['chunks'],
};

describe('manifest file', () => {
  it('survives being written and read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 * CHUNK }), name, (bytes, fileName) => {
        const manifest = manifestOf(bytes);
        const read = parseManifestDocument(formatManifestDocument(manifest, fileName));
        expect(read.name).toBe(fileName);
        expect(read.manifest.toDocument()).toEqual(manifest.toDocument());
      }),
    );
  });

  it('can be read by people', () => {
    const text = formatManifestDocument(manifestOf(new Uint8Array(1_025)), 'music.txt');
    const lines = text.split('\n');
    expect(lines[1]).toBe('  "shoal-manifest": 1,');
    expect(lines[2]).toBe('  "name": "music.txt",');
    expect(
      lines.filter((line) => /^ {4}\{"name":"music[12]\.txt","size":\d+,"digest":"/.test(line)),
    ).toHaveLength(2);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it.each(Object.keys(changes))('does not pass with %s', (what) => {
    const text = tampered(changes[what] as (file: Loose) => void);
    expect(() => parseManifestDocument(text)).toThrow(badManifest);
  });

  it('says so when a newer shoal wrote it', () => {
    const newer = tampered((file) => (file['shoal-manifest'] = 2));
    expect(() => parseManifestDocument(newer)).toThrow(expect.objectContaining({ code: 'wrong-version' }));
  });

  it.each(['', '{', 'null', '[]', '{}', '"shoal-manifest"', '{"shoal-manifest":1}'])(
    'does not take %j',
    (text) => {
      expect(() => parseManifestDocument(text)).toThrow(badManifest);
    },
  );

  it('does not parse more than its cap', () => {
    const huge = ' '.repeat(MANIFEST_FILE_BYTES_MAX + 1);
    expect(() => parseManifestDocument(huge)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });

  it('holds the largest manifest there can be', () => {
    const manifest = new Manifest({
      size: 65_536 * CHUNK,
      sha256: 'a'.repeat(64),
      chunkSize: CHUNK,
      digestAlgorithm: 'sha256',
      digests: new Uint8Array(65_536 * DIGEST_BYTES).fill(3),
    });
    const text = formatManifestDocument(manifest, `${'n'.repeat(251)}.txt`);
    expect(text.length).toBeLessThan(MANIFEST_FILE_BYTES_MAX);
    expect(parseManifestDocument(text).manifest.fileId).toBe(manifest.fileId);
  });
});
