import { setTimeout as wait } from 'node:timers/promises';

/** A door that a test opens once. */
export class Gate {
  readonly opened: Promise<void>;
  isOpen = false;
  private resolve: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => (this.resolve = resolve));
  }

  open(): void {
    this.isOpen = true;
    this.resolve();
  }
}

/**
 * Resolves when `check` no longer throws; rejects with its last error after `withinMs`. For effects that have no event.
 */
export const eventually = async (check: () => void | Promise<void>, withinMs = 10_000): Promise<void> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await wait(10);
    }
  }
};
