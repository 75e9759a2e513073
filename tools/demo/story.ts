import pc from 'picocolors';
import { ShoalError } from '#core';

/** Tells the demo to a person: numbered steps, what was seen in each, what was checked. A check that fails ends it. */
export class Story {
  private steps = 0;
  private checks = 0;

  constructor(private readonly print: (line: string) => void) {}

  step(title: string): void {
    this.print('');
    this.print(`${pc.bold(pc.cyan(String(++this.steps).padStart(2)))}  ${pc.bold(title)}`);
  }

  say(line: string): void {
    for (const each of line.split('\n')) this.print(`    ${each}`);
  }

  /** @throws ShoalError `internal` when it does not hold */
  check(holds: boolean, what: string, found = ''): void {
    if (!holds)
      throw new ShoalError('internal', `the check "${what}" failed${found === '' ? '' : `: ${found}`}`);
    this.checks++;
    this.print(`    ${pc.green('✓')} ${what}`);
  }

  get checked(): number {
    return this.checks;
  }
}
