import { percentOf, renderPlain } from './progress-line.js';
import type { TransferEvent, TransferView } from './events.js';
import { describeEvent } from './summary.js';
import { Pace } from './pace.js';
import type { Style } from './style.js';
import { ProgressMeter } from './progress-meter.js';

/** Lines for a pipe or a log. */
export class PlainView implements TransferView {
  private readonly pace = new Pace();
  private readonly meter: ProgressMeter;

  constructor(
    label: string,
    private readonly print: (line: string) => void,
    private readonly style: Style,
    private readonly now: () => number,
  ) {
    this.meter = new ProgressMeter(label, now);
  }

  handle(event: TransferEvent): void {
    const facts = this.meter.take(event);
    if (facts !== undefined && this.pace.due(this.now(), percentOf(facts))) this.print(renderPlain(facts));
    const text = describeEvent(event, this.style);
    if (text !== undefined) this.print(text);
  }

  stop(): void {}
}

/** One JSON object a line. */
export class JsonView implements TransferView {
  constructor(private readonly print: (line: string) => void) {}

  handle(event: TransferEvent): void {
    this.print(JSON.stringify(event));
  }

  stop(): void {}
}
