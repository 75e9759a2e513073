import type { EngineControl, EngineEvent, EngineReady } from '#engine';
import type { FileId } from '#core';
import type {
  CommandName,
  FactBody,
  FactName,
  ReplyBody,
  ReportBody,
  ReportName,
  RequestBody,
  RequestName,
} from '#contracts';

/** The data plane as the control plane sees it: a process that may die and come back. */
export interface EngineHost extends EngineControl {
  /** Called for every event of the running engine. */
  onEvent(listener: (event: EngineEvent) => void): void;
  /** Called when the engine process ended without being told to. */
  onDown(listener: (reason: string) => void): void;
  /** Called with what is on disk each time an engine is up, the first time included. */
  onReady(listener: (ready: EngineReady) => void): void;
}

/** What this peer says to the anchors and to the world, without knowing how it travels. */
export interface AnchorLink {
  request<N extends RequestName>(
    name: N,
    body: RequestBody<N>,
    options?: { readonly timeoutMs?: number; readonly tries?: number; readonly expirationMs?: number },
  ): Promise<ReplyBody<N>>;
  report<N extends ReportName>(name: N, body: ReportBody<N>): Promise<void>;
  fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, messageId: string): Promise<void>;
}

/** A command from the inbox after its schema was checked. */
export interface InboxCommand {
  readonly name: CommandName;
  readonly body: unknown;
}

/** Timers, so that tests can drive them. Returns a function that ends the timer. */
export interface Timers {
  after(milliseconds: number, action: () => void): () => void;
}

export const systemTimers: Timers = {
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

export type FileIdSet = ReadonlySet<FileId>;
