import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Incarnation } from '#core';

/**
 * Numbers for this peer's connections, each higher than all before it on this machine, also across restarts and when the
 * clock is set back: milliseconds since 1970, or the last number plus 1.
 */
export class Incarnations {
  private last: Incarnation | undefined;

  constructor(
    private readonly file: string,
    private readonly now: () => number,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  async next(): Promise<Incarnation> {
    this.last ??= await this.read();
    const next = Math.max(this.now(), this.last + 1);
    this.last = next;
    // A full disk must not keep a peer from its broker: the number is then as good as the clock.
    await this.keep(next).catch((error: unknown) => this.onTrouble(error));
    return next;
  }

  private async keep(number: Incarnation): Promise<void> {
    await writeFile(`${this.file}.new`, `${number}\n`, { mode: 0o600 });
    await rename(`${this.file}.new`, this.file);
  }

  private async read(): Promise<number> {
    try {
      const number = Number((await readFile(this.file, 'utf8')).trim());
      return Number.isSafeInteger(number) && number > 0 ? number : 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }
}
