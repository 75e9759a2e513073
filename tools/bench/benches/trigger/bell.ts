import { within } from './within.js';

/** Hands on one call, and what it brings, to whoever waits for it now. */
export class Bell<T = void> {
  private resolve: (value: T) => void = () => undefined;
  readonly ring = (value: T): void => this.resolve(value);

  /** @throws ShoalError `timeout` when it takes longer than `ms` */
  next(what: string, ms: number): Promise<T> {
    return within(new Promise<T>((resolve) => (this.resolve = resolve)), ms, what);
  }
}
