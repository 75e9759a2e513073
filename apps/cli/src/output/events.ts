import { shortId } from '#core';
import type { FileRef, LocalEvent } from '#contracts';

/** `only`: the chunks that were wanted or are shared, `[start, end)`, where that was not the whole file. */
export type DoneEvent = Extract<LocalEvent, { event: 'done' }>;
export type DeliveredEvent = Extract<TransferEvent, { event: 'delivered' }>;
export type StartedEvent = Extract<LocalEvent, { event: 'started' }>;
export type NoticeEvent = Extract<LocalEvent, { event: 'notice' }>;
type LocalProgress = Extract<LocalEvent, { event: 'progress' }>;

/** A download at another peer tells bytes only. */
export type ProgressEvent = Omit<LocalProgress, 'chunks' | 'chunkCount'> &
  Partial<Pick<LocalProgress, 'chunks' | 'chunkCount'>>;

/**
 * What happens while a file is published or downloaded: one line of `--json` each. Those of the local peer, and a few
 * that only the command knows. A failure is thrown and becomes the last line.
 */
export type TransferEvent =
  | Exclude<LocalEvent, { event: 'progress' | 'failed' | 'done' }>
  | DoneEvent
  | ProgressEvent
  /** Another peer was told to download; its name or id as the user wrote it. */
  | {
      readonly event: 'asked';
      readonly peer: string;
      readonly distributionId: string;
      readonly created: boolean;
    }
  /** The other peer has the whole file. What only its own report says is missing when that report was lost. */
  | {
      readonly event: 'delivered';
      readonly peer: string;
      readonly distributionId: string;
      readonly fileId: string;
      readonly name?: string | undefined;
      readonly version?: number | undefined;
      readonly size: number;
      readonly sha256?: string;
      readonly path?: string;
      readonly milliseconds?: number;
      readonly from?: DoneEvent['from'];
      /** Plain files of a tree. */
      readonly files?: number | undefined;
    }
  /** The network was asked to keep copies; progress is that of all of them. */
  | {
      readonly event: 'placing';
      readonly placementId: string;
      readonly copies: number;
      readonly storage: boolean;
    }
  /** Every copy is where it should be: the publisher may leave. `ranges` are `[start, end)` pairs of chunks from 0. */
  | {
      readonly event: 'placed';
      readonly placementId: string;
      readonly fileId: string;
      readonly name: string;
      readonly version: number;
      readonly copies: number;
      readonly storage: boolean;
      readonly peers: readonly {
        readonly peerId: string;
        readonly name: string;
        readonly size: number;
        readonly ranges: readonly (readonly [number, number])[];
      }[];
    }
  /** The file was read again and is what the manifest says. */
  | { readonly event: 'checked'; readonly path: string; readonly sha256: string }
  /** This process goes on serving until it is interrupted. */
  | { readonly event: 'serving'; readonly path: string; readonly file: string };

/** Takes events and shows them in some way. `stop` gives the terminal back; idempotent. */
export interface TransferView {
  handle(event: TransferEvent): void;
  stop(): void;
}

/** The name of a file for a progress line: as it was asked for. */
export const labelOf = (ref: FileRef): string => ('fileId' in ref ? shortId(ref.fileId) : ref.name);
