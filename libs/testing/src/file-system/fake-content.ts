import type { Random } from '#core';

/** A disk writes whole sectors: a torn write has some of them. */
const SECTOR_BYTES = 512;

/** A change of a file that no sync has covered. */
type Edit = { readonly at: number; readonly bytes: Uint8Array } | { readonly size: number };

/** What becomes of changes that were not synced when the power goes. */
export type Fate = 'nothing' | 'everything' | 'some';

/** The bytes of one file: as programs see them, as they are on the disk, and what lies between. */
export class FakeContent {
  private seen: Uint8Array;
  private onDisk: Uint8Array;
  private edits: Edit[] = [];

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.seen = Uint8Array.from(bytes);
    this.onDisk = this.seen;
  }

  get size(): number {
    return this.seen.length;
  }

  /** A copy of what programs see. */
  get bytes(): Uint8Array {
    return this.seen.slice();
  }

  /** A copy of what is on the disk for sure. */
  get durable(): Uint8Array {
    return this.onDisk.slice();
  }

  read(into: Uint8Array, position: number): number {
    const part = this.seen.subarray(Math.min(position, this.size), position + into.length);
    into.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, at: number): void {
    this.change({ at, bytes: Uint8Array.from(bytes) }); // slice() of a Buffer would share its memory
  }

  truncate(size: number): void {
    this.change({ size });
  }

  sync(): void {
    for (const edit of this.edits) this.onDisk = applied(this.onDisk, edit);
    this.edits = [];
  }

  /** A sync that failed: what was to be written is dropped but still seen, and the next sync does not know of it. */
  failSync(): void {
    this.edits = [];
  }

  losePower(fate: Fate, random: Random): void {
    const kept = this.edits.flatMap((edit) => survivors(edit, fate, random));
    this.seen = kept.reduce(applied, this.onDisk);
    this.onDisk = this.seen;
    this.edits = [];
  }

  private change(edit: Edit): void {
    this.seen = applied(this.seen, edit);
    this.edits.push(edit);
  }
}

const applied = (bytes: Uint8Array, edit: Edit): Uint8Array => {
  const size = 'size' in edit ? edit.size : Math.max(bytes.length, edit.at + edit.bytes.length);
  const after = new Uint8Array(size);
  after.set(bytes.subarray(0, size));
  if ('at' in edit) after.set(edit.bytes, edit.at);
  return after;
};

const survivors = (edit: Edit, fate: Fate, random: Random): Edit[] => {
  if (fate === 'nothing') return [];
  if (fate === 'everything') return [edit];
  if ('size' in edit) return random() < 0.5 ? [edit] : [];
  return sectorsOf(edit).filter(() => random() < 0.5);
};

const sectorsOf = ({ at, bytes }: { readonly at: number; readonly bytes: Uint8Array }): Edit[] => {
  const sectors: Edit[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + SECTOR_BYTES - ((at + start) % SECTOR_BYTES));
    sectors.push({ at: at + start, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return sectors;
};
