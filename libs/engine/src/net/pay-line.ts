import { FairShares } from '#swarm';

export interface Payer {
  readonly bytes: number;
  readonly priority: number;
  readonly go: () => void;
}

/** Who waits to pay: of one priority first come, first served; between priorities by weight. */
export class PayLine {
  private readonly byPriority = new Map<number, Payer[]>();
  private readonly shares = new FairShares();

  get isEmpty(): boolean {
    return this.byPriority.size === 0;
  }

  join(payer: Payer): void {
    const line = this.byPriority.get(payer.priority);
    if (line === undefined) this.byPriority.set(payer.priority, [payer]);
    else line.push(payer);
  }

  /** Takes out whose turn it is. */
  next(): Payer | undefined {
    const [only] = this.byPriority.keys();
    const priority = this.byPriority.size > 1 ? this.shares.next(this.byPriority.keys()) : only;
    if (priority === undefined) return undefined;
    const line = this.byPriority.get(priority) as Payer[];
    const payer = line[0] as Payer;
    this.shares.took(priority, payer.bytes, line.length);
    this.leave(payer);
    return payer;
  }

  /** False when it waits no more. */
  leave(payer: Payer): boolean {
    const line = this.byPriority.get(payer.priority);
    const at = line?.indexOf(payer) ?? -1;
    if (line === undefined || at < 0) return false;
    line.splice(at, 1);
    if (line.length === 0) this.byPriority.delete(payer.priority);
    return true;
  }
}
