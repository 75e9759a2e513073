import { createCipheriv } from 'node:crypto';
import { ContentHasher, type Manifest } from '#chunking';

export interface SampleFile {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  chunk(index: number): Uint8Array;
}

/** A file of random bytes (a cipher's key stream), the same for the same arguments, and its manifest. */
export const sampleFile = (size: number, chunkSize = 1_024, seed = 1): SampleFile => {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed);
  const bytes = Uint8Array.from(
    createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(new Uint8Array(size)),
  );
  const hasher = new ContentHasher(size, chunkSize);
  hasher.update(bytes);
  const manifest = hasher.finish();
  const chunk = (index: number): Uint8Array =>
    bytes.subarray(manifest.offsetOf(index), manifest.offsetOf(index) + manifest.lengthOf(index));
  return { bytes, manifest, chunk };
};
