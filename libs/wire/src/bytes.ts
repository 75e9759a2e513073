import { ShoalError } from '#core';

export const badFrame = (why: string): ShoalError => new ShoalError('bad-frame', why);

/** Reads the fields of one body, in order. Every method throws `bad-frame` where the body is too short. */
export class BodyReader {
  private readonly view: DataView;
  private position = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly what: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.position;
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

  /** Numbers above 2^53 - 1 are refused: no field needs them and they would lose digits. */
  u64(): number {
    const value = this.view.getBigUint64(this.take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badFrame(`${this.what}: number too large`);
    return Number(value);
  }

  /** A view, not a copy: valid as long as the frame's buffer is. */
  raw(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  copy(length: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.raw(length));
  }

  hex(length: number): string {
    return asBuffer(this.raw(length)).toString('hex');
  }

  /** A u8 length and that many bytes of ASCII that match `pattern`. */
  word(pattern: RegExp): string {
    const text = asBuffer(this.raw(this.u8())).toString('latin1');
    if (!pattern.test(text)) throw badFrame(`${this.what}: a name has characters that it may not have`);
    return text;
  }

  /** @throws ShoalError `bad-frame` when bytes are left over */
  end(): void {
    if (this.remaining > 0) throw badFrame(`${this.what}: ${this.remaining} bytes too many`);
  }

  private take(length: number): number {
    if (length > this.remaining) throw badFrame(`${this.what}: too short`);
    const start = this.position;
    this.position += length;
    return start;
  }
}

/** Writes the fields of one body into a buffer that was made large enough. */
export class BodyWriter {
  private position = 0;

  constructor(private readonly buffer: Buffer) {}

  get written(): Buffer {
    return this.buffer.subarray(0, this.position);
  }

  u8(value: number): this {
    this.position = this.buffer.writeUInt8(value, this.position);
    return this;
  }

  u16(value: number): this {
    this.position = this.buffer.writeUInt16BE(value, this.position);
    return this;
  }

  u32(value: number): this {
    this.position = this.buffer.writeUInt32BE(value, this.position);
    return this;
  }

  u64(value: number): this {
    this.position = this.buffer.writeBigUInt64BE(BigInt(value), this.position);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
    return this;
  }

  hex(text: string): this {
    return this.raw(Buffer.from(text, 'hex'));
  }

  word(text: string): this {
    const bytes = Buffer.from(text, 'latin1');
    return this.u8(bytes.length).raw(bytes);
  }
}

export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
