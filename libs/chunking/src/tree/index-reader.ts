import { badManifest } from '../manifest.js';

/** Takes an index apart from its start; every read past its end is `bad-manifest`. */
export class IndexReader {
  private readonly view: DataView;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private at = 0;

  constructor(private readonly all: Uint8Array) {
    this.view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.all.length;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2));
  }

  u32(): number {
    return this.view.getUint32(this.take(4));
  }

  /** A u64 that is a number of bytes. */
  size(): number {
    const size = this.view.getBigUint64(this.take(8));
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw badManifest('a file of its tree is too large');
    return Number(size);
  }

  /** A view of the next bytes. */
  bytes(length: number): Uint8Array {
    const start = this.take(length);
    return this.all.subarray(start, start + length);
  }

  text(bytes: Uint8Array): string {
    try {
      return this.decoder.decode(bytes);
    } catch (error) {
      throw badManifest('a path in the index of its tree is not UTF-8', error);
    }
  }

  private take(length: number): number {
    const start = this.at;
    if (start + length > this.all.length) throw badManifest('the index of its tree is cut off');
    this.at = start + length;
    return start;
  }
}
