import type { Clock } from '#core';
import { numberIn, type ScriptRunner } from './script.js';
import { SWEEP } from './scripts/holder-changes.lua.js';

/** Files that one script run removes: keeps Redis busy for well under a millisecond. */
const FILES_PER_STEP = 100;
/** A report whose parts stop coming is given up after so long, milliseconds. */
const STAGE_LIFETIME = 10 * 60_000;

/**
 * Takes apart the inventories that count no more, in the background and in small steps, so that a peer with 10,000 files
 * can leave without blocking Redis. Any process may do it; what one leaves behind the next one finds.
 */
export class InventorySweeper {
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly clock: Clock,
    private readonly stageLifetime = STAGE_LIFETIME,
  ) {}

  /** There may be something to sweep. */
  kick(): void {
    this.again = true;
    this.running ??= this.sweep().finally(() => (this.running = undefined));
  }

  /** Resolves when no sweep is under way. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async sweep(): Promise<void> {
    while (this.again) {
      this.again = false;
      try {
        while ((await this.step()) > 0);
      } catch {
        // Redis is away. The garbage stays listed; the next kick, here or elsewhere, goes on with it.
        return;
      }
    }
  }

  private async step(): Promise<number> {
    return numberIn(await this.scripts.run(SWEEP, this.clock.now() - this.stageLifetime, FILES_PER_STEP));
  }
}
