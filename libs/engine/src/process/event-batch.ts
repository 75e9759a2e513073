import type { EngineEvent } from '../control.js';

/** Milliseconds in which events are collected for one message to the control plane. */
const COLLECT_MS = 20;

/** Collects events, so that a busy engine costs the control plane 50 messages a second and not thousands. */
export class EventBatch {
  private events: EngineEvent[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly send: (events: readonly EngineEvent[]) => void) {}

  add(event: EngineEvent): void {
    this.events.push(event);
    this.timer ??= setTimeout(() => this.flush(), COLLECT_MS);
  }

  /** Also before a reply, so that it never overtakes what happened before. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.events.length === 0) return;
    const { events } = this;
    this.events = [];
    this.send(events);
  }
}
