/** A peer that no anchor has taken after this long says that it is up all the same, milliseconds. */
const JOIN_PATIENCE_MS = 10_000;

export interface ReadyFacts {
  readonly controlSocket: string;
  readonly peerId: string;
  readonly name: string;
  readonly port: number;
}

/**
 * Tells the process that started this one, once, that it can be used: when its control socket listens and an anchor has
 * taken it, or, without `anchor`, when none has for a while.
 */
export class ReadySignal {
  private facts: ReadyFacts | undefined;
  private anchor: string | undefined;
  private said = false;
  private patience: NodeJS.Timeout | undefined;

  constructor(private readonly send: (message: { ready: ReadyFacts & { anchor?: string } }) => void) {}

  listening(facts: ReadyFacts): void {
    this.facts = facts;
    if (this.anchor !== undefined) return this.say();
    this.patience = setTimeout(() => this.say(), JOIN_PATIENCE_MS);
  }

  joined(anchor: string): void {
    this.anchor = anchor;
    this.say();
  }

  private say(): void {
    if (this.said || this.facts === undefined) return;
    this.said = true;
    clearTimeout(this.patience);
    this.send({ ready: { ...this.facts, ...(this.anchor === undefined ? {} : { anchor: this.anchor }) } });
  }
}
