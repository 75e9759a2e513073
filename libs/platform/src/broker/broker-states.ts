import { brokerAway } from './amqp-errors.js';
import type { BrokerState } from './session.js';

type Listener = (state: BrokerState) => void;

/** Tells whoever listens how the connection fares. */
export class BrokerStates {
  private readonly listeners = new Set<Listener>();

  /** Returns how to stop listening. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(state: BrokerState): void {
    for (const listener of [...this.listeners]) listener(state);
  }

  /** Resolves with the next session, or after `withinMs` without one. */
  async nextSession(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        silence();
        resolve();
      };
      const silence = this.listen(({ kind }) => kind === 'connected' && end());
      const timer = setTimeout(end, withinMs);
    });
  }

  /** Resolves with the first session; rejects when no attempt can ever work, or after `withinMs`. */
  firstSession(withinMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let last = brokerAway('no connection to the broker yet');
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        silence();
        end();
      };
      const silence = this.listen((state) => {
        if (state.kind === 'connected') return settle(resolve);
        last = state.error;
        if (last.retry === 'permanent') settle(() => reject(last));
      });
      const timer =
        withinMs === undefined ? undefined : setTimeout(() => settle(() => reject(last)), withinMs);
    });
  }
}
