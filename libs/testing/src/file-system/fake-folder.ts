import type { Random } from '#core';
import type { Fate } from './fake-content.js';

/** Names that one call sets or (undefined) removes, in one step. */
export type NameChange<Node> = ReadonlyMap<string, Node | undefined>;

/** The names in one folder: as programs see them, and on the disk, which knows of a change only after a folder sync. */
export class FakeNames<Node> {
  private seen = new Map<string, Node>();
  private onDisk = new Map<string, Node>();
  private changes: NameChange<Node>[] = [];

  get(name: string): Node | undefined {
    return this.seen.get(name);
  }

  names(): string[] {
    return [...this.seen.keys()];
  }

  nodes(): Node[] {
    return [...this.seen.values()];
  }

  change(change: NameChange<Node>): void {
    apply(this.seen, change);
    this.changes.push(change);
  }

  sync(): void {
    for (const change of this.changes) apply(this.onDisk, change);
    this.changes = [];
  }

  /** Any of the changes may have reached the disk, in whatever order they were made. */
  losePower(fate: Fate, random: Random): void {
    for (const change of this.changes) {
      if (fate === 'everything' || (fate === 'some' && random() < 0.5)) apply(this.onDisk, change);
    }
    this.seen = new Map(this.onDisk);
    this.changes = [];
  }
}

const apply = <Node>(names: Map<string, Node>, change: NameChange<Node>): void => {
  for (const [name, node] of change) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
};
