import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MessageOutcome } from './message-outcome.js';
import type { HealthCheck } from '../health/health.controller.js';

/** Upper ends of the classes of a message's time, seconds. */
const MESSAGE_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** What one process tells a collector, in the text format of Prometheus. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly refreshers: (() => Promise<void>)[] = [];

  /** `labels`: of every series, which process this is. */
  constructor(labels: Readonly<Record<string, string>>) {
    this.registry.setDefaultLabels(labels);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Called before the metrics are read; one that fails leaves its values as they were. */
  beforeReading(refresh: () => Promise<void>): void {
    this.refreshers.push(refresh);
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /** A number that only grows and is counted elsewhere; the result tells how far it is. */
  total(name: string, help: string): (value: number) => void {
    const counter = new Counter({ name, help, registers: [this.registry] });
    return (value) => {
      counter.reset();
      counter.inc(value);
    };
  }

  /** 1 while a check passes, 0 while it does not. */
  checks(checks: readonly HealthCheck[]): void {
    const gauge = this.gauge('shoal_check', '1 while what the process needs is there', ['check']);
    this.beforeReading(async () => {
      const set = async ({ name, check }: HealthCheck): Promise<void> => {
        const passes = await check().then(
          () => 1,
          () => 0,
        );
        gauge.set({ check: name }, passes);
      };
      await Promise.all(checks.map(set));
    });
  }

  /** Takes the time of each message, seconds. */
  messages(): (message: string, outcome: MessageOutcome, seconds: number) => void {
    const histogram = new Histogram({
      name: 'shoal_message_seconds',
      help: 'how long messages from queues were in hand, by name and outcome',
      labelNames: ['message', 'outcome'],
      buckets: MESSAGE_SECONDS,
      registers: [this.registry],
    });
    return (message, outcome, seconds) => histogram.observe({ message, outcome }, seconds);
  }

  async text(): Promise<string> {
    await Promise.all(this.refreshers.map((refresh) => refresh().catch(() => {})));
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }
}
