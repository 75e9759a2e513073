import cliProgress from 'cli-progress';
import type { TransferEvent, TransferView } from './events.js';
import { renderBar, type ProgressFacts } from './progress-line.js';
import { ProgressMeter } from './progress-meter.js';
import type { Style } from './style.js';
import { describeEvent } from './summary.js';

/** A bar that stays at the bottom of a terminal; everything else scrolls above it. */
export class BarView implements TransferView {
  private bars: cliProgress.MultiBar | undefined;
  private bar: cliProgress.SingleBar | undefined;
  private readonly meter: ProgressMeter;

  constructor(
    label: string,
    private readonly stream: NodeJS.WriteStream,
    private readonly style: Style,
    now: () => number,
  ) {
    this.meter = new ProgressMeter(label, now);
  }

  handle(event: TransferEvent): void {
    const facts = this.meter.take(event);
    if (facts !== undefined) this.move(facts);
    if (event.event === 'done') this.stop();
    const text = describeEvent(event, this.style);
    if (text !== undefined) this.say(text);
  }

  stop(): void {
    this.bars?.stop();
    this.bars = undefined;
    this.bar = undefined;
  }

  private move(facts: ProgressFacts): void {
    if (this.bar === undefined) this.start(facts);
    else this.bar.update(facts.bytes, facts);
  }

  private start(facts: ProgressFacts): void {
    this.bars = new cliProgress.MultiBar({
      stream: this.stream,
      format: (_options, _params, latest: ProgressFacts) => renderBar(latest, this.stream.columns),
      hideCursor: true,
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
    });
    this.bar = this.bars.create(facts.size, facts.bytes, { ...facts });
  }

  /** Redraws at once: the library would lose a line that is logged right before the end. */
  private say(text: string): void {
    if (this.bars === undefined) {
      this.stream.write(`${text}\n`);
      return;
    }
    this.bars.log(`${text}\n`);
    this.bars.update();
  }
}
