import type { LocalEvent } from '#contracts';
import { asShoalError } from '#core';

/** Where lines go; an HTTP response is one. */
export interface LineSink {
  write(line: string): void;
  end(): void;
  /** Calls back when the reader went away. */
  onClosed(listener: () => void): void;
}

/**
 * Runs a long call and writes what happens as lines of JSON; the last is `done` or `failed`. A reader that goes away
 * cancels the call.
 */
export const streamEvents = async (
  sink: LineSink,
  call: (tell: (event: LocalEvent) => void, signal: AbortSignal) => Promise<LocalEvent>,
): Promise<void> => {
  const controller = new AbortController();
  sink.onClosed(() => controller.abort());
  const tell = (event: LocalEvent): void => {
    if (!controller.signal.aborted) sink.write(`${JSON.stringify(event)}\n`);
  };
  try {
    tell(await call(tell, controller.signal));
  } catch (error) {
    tell({ event: 'failed', error: asShoalError(error).toJSON() });
  }
  sink.end();
};
