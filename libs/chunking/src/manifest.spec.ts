import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { ContentHasher } from './content-hasher.js';
import { Manifest, manifestFromDocument, type ManifestJson } from './manifest.js';

const CHUNK = 1_024;
const badManifest = expect.objectContaining({ code: 'bad-manifest' });

const manifestOf = (bytes: Uint8Array): Manifest => {
  const hasher = new ContentHasher(bytes.length, CHUNK);
  hasher.update(bytes);
  return hasher.finish();
};
const content = fc.uint8Array({ maxLength: 4 * CHUNK });

const flipHex = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
const flipDigest = (base64: string, at: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ 1;
  return bytes.toString('base64');
};
const changes: Record<string, (document: ManifestJson, at: number) => object> = {
  fileId: ({ fileId }) => ({ fileId: flipHex(fileId) }),
  sha256: ({ sha256 }) => ({ sha256: flipHex(sha256) }),
  'sha256 in capitals': ({ sha256 }) => ({ sha256: `${sha256.slice(1)}A` }),
  'size + 1': ({ size }) => ({ size: size + 1 }),
  'size by a chunk': ({ size }) => ({ size: size + CHUNK }),
  'a negative size': () => ({ size: -1 }),
  'a fractional size': ({ size }) => ({ size: size + 0.5 }),
  'chunk size + 1': () => ({ chunkSize: CHUNK + 1 }),
  'chunk size 0': () => ({ chunkSize: 0 }),
  'chunk size 1 TiB': () => ({ chunkSize: 2 ** 40 }),
  algorithm: () => ({ digestAlgorithm: 'md5' }),
  'a digest': ({ digests }, at) => ({ digests: flipDigest(digests, at) }),
  'a digest less': ({ digests }) => ({
    digests: Buffer.from(digests, 'base64').subarray(32).toString('base64'),
  }),
  'a digest more': ({ digests }) => ({
    digests: Buffer.concat([Buffer.from(digests, 'base64'), Buffer.alloc(32)]).toString('base64'),
  }),
  'a blank in the digests': ({ digests }) => ({ digests: `${digests} ` }),
};

const treeOf = (bytes: Uint8Array, indexBytes = bytes.length, files = 3): Manifest => {
  const hasher = new ContentHasher(bytes.length, CHUNK, 'sha256', { indexBytes, files });
  hasher.update(bytes);
  return hasher.finish();
};

describe('the manifest of a tree', () => {
  it('survives its document', () => {
    const manifest = treeOf(Buffer.from('shoal'), 2);
    const again = manifestFromDocument(JSON.parse(JSON.stringify(manifest.toDocument())) as ManifestJson);
    expect(again).toEqual(manifest);
    expect(again.tree).toEqual({ indexBytes: 2, files: 3 });
  });

  it('is another file than its bytes, and than one with another index or other files', () => {
    const bytes = Buffer.from('shoal');
    const all = [manifestOf(bytes), treeOf(bytes, 2), treeOf(bytes, 3), treeOf(bytes, 2, 4)];
    expect(new Set(all.map(({ fileId }) => fileId)).size).toBe(4);
    expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1);
  });

  it('has the file id that its definition gives (computed by another program)', () => {
    expect(treeOf(Buffer.from('shoal'), 2).fileId).toBe(
      'c7b3d931ef78b8369d77f274229cb68ad629ec8f9f360baabf368f774bbbd31a',
    );
  });

  it.each([
    ['left out', undefined],
    ['changed', { indexBytes: 2, files: 4 }],
    ['longer than the content', { indexBytes: 6, files: 3 }],
    ['negative', { indexBytes: -1, files: 3 }],
    ['of too many files', { indexBytes: 2, files: 250_001 }],
    ['fractional', { indexBytes: 2, files: 0.5 }],
  ])('does not pass when its shape is %s', (_, tree) => {
    const document = { ...treeOf(Buffer.from('shoal'), 2).toDocument(), tree };
    expect(() => manifestFromDocument(document)).toThrow(badManifest);
  });
});

describe('Manifest', () => {
  it('survives its document', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const manifest = manifestOf(bytes);
        const again = manifestFromDocument(JSON.parse(JSON.stringify(manifest.toDocument())) as ManifestJson);
        expect(again.toDocument()).toEqual(manifest.toDocument());
      }),
    );
  });

  it.each(Object.keys(changes))('does not pass with another %s', (name) => {
    const change = changes[name] as (document: ManifestJson, at: number) => object;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3 * CHUNK }), fc.nat(), (bytes, at) => {
        const document = manifestOf(bytes).toDocument();
        const tampered = { ...document, ...change(document, at) } as ManifestJson;
        expect(() => manifestFromDocument(tampered)).toThrow(badManifest);
      }),
      { numRuns: 25 },
    );
  });

  it('names other content by another file id, and the same content cut otherwise too', () => {
    const bytes = new Uint8Array(3_000).fill(7);
    const coarse = new ContentHasher(bytes.length, 2 * CHUNK);
    coarse.update(bytes);
    const ids = [manifestOf(bytes), manifestOf(bytes.subarray(1)), coarse.finish()].map(
      ({ fileId }) => fileId,
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('has the file id that its definition gives (computed by another program)', () => {
    const hasher = new ContentHasher(5, CHUNK, 'sha256');
    hasher.update(Buffer.from('shoal'));
    expect(hasher.finish().fileId).toBe('876228cea8aea68ad4cc0425e119ac0b65162e1c7eb1a98b66b87f0b4521d920');
  });

  it('verifies a chunk only by exactly its bytes', () => {
    const bytes = new Uint8Array(CHUNK + 10).map((_, index) => index % 256);
    const manifest = manifestOf(bytes);
    expect(manifest.verify(1, bytes.subarray(CHUNK))).toBe(true);
    expect(manifest.verify(1, bytes.subarray(CHUNK - 1))).toBe(false);
    expect(manifest.verify(1, bytes.subarray(CHUNK, -1))).toBe(false);
    expect(manifest.verify(0, bytes.subarray(CHUNK))).toBe(false);
    expect(manifest.verify(0, bytes.subarray(1, CHUNK + 1))).toBe(false);
  });

  it.each([-1, 2, 0.5, Number.NaN])('has no chunk %d', (index) => {
    const manifest = manifestOf(new Uint8Array(CHUNK + 1));
    const outside = expect.objectContaining({ code: 'chunk-out-of-range' });
    expect(() => manifest.offsetOf(index)).toThrow(outside);
    expect(() => manifest.lengthOf(index)).toThrow(outside);
    expect(() => manifest.digestOf(index)).toThrow(outside);
    expect(() => manifest.verify(index, new Uint8Array(1))).toThrow(outside);
  });
});
