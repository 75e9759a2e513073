interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Events in order of virtual time (milliseconds); those of the same instant run in the order they were set. */
export class VirtualTime {
  private readonly heap: Event[] = [];
  private orders = 0;
  private time = 0;

  get now(): number {
    return this.time;
  }

  /** Events that were set so far. */
  get events(): number {
    return this.orders;
  }

  after(delay: number, run: () => void): void {
    this.at(this.time + delay, run);
  }

  /** A moment that has passed is now. */
  at(moment: number, run: () => void): void {
    const event = { at: Math.max(this.time, moment), order: this.orders++, run };
    let at = this.heap.length;
    this.heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, this.heap[parent] as Event)) break;
      this.heap[at] = this.heap[parent] as Event;
      at = parent;
    }
    this.heap[at] = event;
  }

  /** Runs events until `isDone`, nothing is left, or the limit is passed. */
  run(limit: number, isDone: () => boolean): void {
    while (this.heap.length > 0 && !isDone()) {
      const event = this.takeFirst();
      if (event.at > limit) return;
      this.time = event.at;
      event.run();
    }
  }

  private takeFirst(): Event {
    const first = this.heap[0] as Event;
    const last = this.heap.pop() as Event;
    if (this.heap.length > 0) this.sink(last);
    return first;
  }

  private sink(event: Event): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.heap.length) break;
      const right = this.heap[child + 1];
      if (right !== undefined && isBefore(right, this.heap[child] as Event)) child++;
      if (!isBefore(this.heap[child] as Event, event)) break;
      this.heap[at] = this.heap[child] as Event;
      at = child;
    }
    this.heap[at] = event;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
