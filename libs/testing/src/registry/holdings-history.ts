import type { Bitfield, FileId } from '#core';
import type { HeldFile } from '#contracts';
import { chunksOf } from '#registry';

export type Holdings = Map<FileId, Bitfield>;

type Message =
  | { readonly kind: 'acknowledged'; readonly sequence: number; readonly files: readonly HeldFile[] }
  | { readonly kind: 'retracted'; readonly sequence: number; readonly files: readonly FileId[] };

interface Report {
  readonly sequence: number;
  readonly parts: number;
  readonly files: Map<number, readonly HeldFile[]>;
}

/**
 * What one incarnation of a peer has said, kept whole: the plainest reading of the rules, against which the Redis adapter is
 * checked. The newest message about a chunk is right, a full report speaks of every chunk.
 */
export class HoldingsHistory {
  private messages: Message[] = [];
  private reported = -1;
  private incoming: Report | undefined;

  /** @param base what was held when this incarnation joined; stands until its first report */
  constructor(private base: Holdings = new Map()) {}

  /** Adds a message; false when it says nothing that a newer one has not said or undone. */
  add(message: Message): boolean {
    if (message.sequence <= this.reported) return false;
    const files = message.files.map((file) => (typeof file === 'string' ? file : file.fileId));
    if (files.every((fileId) => this.retractedAfter(fileId, message.sequence))) return false;
    if (this.messages.some((other) => other.sequence === message.sequence))
      return message.kind === 'acknowledged';
    this.messages.push(message);
    return true;
  }

  /** Whether exactly this message took the file away. */
  retractedAt(fileId: FileId, sequence: number): boolean {
    return this.messages.some(
      (other) => other.kind === 'retracted' && other.sequence === sequence && other.files.includes(fileId),
    );
  }

  /** Adds a part of a report; false as for `add`. */
  addPart(sequence: number, part: number, parts: number, files: readonly HeldFile[]): boolean {
    if (sequence <= this.reported || sequence < (this.incoming?.sequence ?? -1)) return false;
    if (this.incoming?.sequence !== sequence) this.incoming = { sequence, parts, files: new Map() };
    if (this.incoming.files.has(part)) return false;
    this.incoming.files.set(part, files);
    if (this.incoming.files.size === parts) this.apply(this.incoming);
    return true;
  }

  holdings(): Holdings {
    const held: Holdings = new Map([...this.base].map(([fileId, chunks]) => [fileId, chunks.clone()]));
    for (const message of this.messages.toSorted((a, b) => a.sequence - b.sequence)) {
      if (message.kind === 'acknowledged') addAll(held, message.files);
      else for (const fileId of message.files) held.delete(fileId);
    }
    return held;
  }

  private apply(report: Report): void {
    this.base = new Map();
    addAll(this.base, [...report.files.values()].flat());
    this.reported = report.sequence;
    this.incoming = undefined;
    this.messages = this.messages.filter((message) => message.sequence > report.sequence);
  }

  private retractedAfter(fileId: FileId, sequence: number): boolean {
    return this.messages.some(
      (other) => other.kind === 'retracted' && other.sequence > sequence && other.files.includes(fileId),
    );
  }
}

const addAll = (held: Holdings, files: readonly HeldFile[]): void => {
  for (const file of files) {
    const chunks = chunksOf(file);
    const known = held.get(file.fileId);
    if (known === undefined && !(chunks.isEmpty && file.chunkCount > 0)) held.set(file.fileId, chunks);
    else if (known !== undefined) for (const chunk of chunks) known.set(chunk);
  }
};
