import { formatSize } from '#core';

/** Chunks and bytes that one peer got from another. */
export interface Move {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly chunks: number;
  readonly bytes: number;
}

interface Source {
  readonly name?: string;
  readonly peerId: string;
  readonly chunks: number;
  readonly bytes: number;
}

/** Who sent how much to whom, from the `from` of downloads that ended. */
export class Moves {
  private readonly rows: Move[] = [];

  add(file: string, to: string, from: readonly Source[]): void {
    for (const { name, peerId, chunks, bytes } of from) {
      this.rows.push({ file, from: name ?? peerId.slice(0, 8), to, chunks, bytes });
    }
  }

  table(): { head: string[]; rows: string[][] } {
    return {
      head: ['file', 'from', 'to', 'chunks', 'bytes'],
      rows: this.rows.map(({ file, from, to, chunks, bytes }) => [
        file,
        from,
        to,
        String(chunks),
        formatSize(bytes),
      ]),
    };
  }
}
