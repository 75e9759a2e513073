import type { VirtualTime } from './virtual-time.js';

/** A message on its way, and when it is there. */
export interface Message {
  readonly at: number;
  readonly deliver: () => void;
}

/** The same news to many: those messages that arrive at the same moment are one event. */
export class Post {
  private readonly rounds = new Map<number, (() => void)[]>();

  constructor(private readonly time: VirtualTime) {}

  add({ at, deliver }: Message): void {
    const round = this.rounds.get(at);
    if (round === undefined) this.rounds.set(at, [deliver]);
    else round.push(deliver);
  }

  send(): void {
    for (const [at, round] of this.rounds) {
      this.time.at(at, () => {
        for (const deliver of round) deliver();
      });
    }
  }
}
