import { ContentHasher, type Manifest } from '#chunking';
import { seededRandom } from '#core';

export interface SampleFile {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  chunk(index: number): Uint8Array;
}

/** A file of random bytes, the same for the same arguments, and its manifest. */
export const sampleFile = (size: number, chunkSize = 1_024, seed = 1): SampleFile => {
  const random = seededRandom(seed);
  const bytes = new Uint8Array(size).map(() => Math.floor(random() * 256));
  const hasher = new ContentHasher(size, chunkSize);
  hasher.update(bytes);
  const manifest = hasher.finish();
  const chunk = (index: number): Uint8Array =>
    bytes.subarray(manifest.offsetOf(index), manifest.offsetOf(index) + manifest.lengthOf(index));
  return { bytes, manifest, chunk };
};
