import { open, readFile, rename } from 'node:fs/promises';
import type { FileId } from '#core';
import { namesBook, parseWith, type NameFact } from '#contracts';
import type { Timers } from '../ports.js';

/** Names remembered; past it first those go whose file is not held, then the oldest. */
export const NAMES_MAX = 10_000;
/** Changes are collected for so long before they are written, milliseconds. */
const COLLECT_MS = 200;

export interface NameBookParts {
  readonly file: string;
  readonly timers: Timers;
  readonly holds: (fileId: FileId) => boolean;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * What this peer was told about the names of files that it holds: an emptied Redis gets them back from here. Kept on disk;
 * the last moments before a crash may be missing.
 */
export class NameBook {
  private readonly facts = new Map<string, NameFact>();
  private writing: Promise<void> = Promise.resolve();
  private isDue = false;

  constructor(private readonly parts: NameBookParts) {}

  /** Takes up what an earlier run knew. A book that cannot be read is begun anew. */
  async start(): Promise<void> {
    try {
      const text = await readFile(this.parts.file, 'utf8');
      for (const fact of parseWith(namesBook, JSON.parse(text), 'the book of names'))
        this.facts.set(keyOf(fact), fact);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.parts.onTrouble(error);
    }
  }

  /** Of one version the newest word counts. */
  learn(fact: NameFact): void {
    const key = keyOf(fact);
    if (JSON.stringify(this.facts.get(key)) === JSON.stringify(fact)) return;
    this.facts.delete(key);
    this.facts.set(key, fact);
    if (this.facts.size > NAMES_MAX) this.dropOne();
    this.changed();
  }

  forget(fact: Pick<NameFact, 'name' | 'version'>): void {
    if (this.facts.delete(keyOf(fact))) this.changed();
  }

  forgetFile(fileId: FileId): void {
    for (const fact of this.facts.values()) if (fact.fileId === fileId) this.forget(fact);
  }

  /** Names of files that are held now. */
  held(): NameFact[] {
    return [...this.facts.values()].filter(({ fileId }) => this.parts.holds(fileId));
  }

  /** Resolves when everything up to now is on the disk, or was tried to. */
  async flush(): Promise<void> {
    this.write();
    await this.writing;
  }

  private dropOne(): void {
    const facts = [...this.facts];
    const unheld = facts.find(([, { fileId }]) => !this.parts.holds(fileId));
    const [key] = unheld ?? (facts[0] as [string, NameFact]);
    this.facts.delete(key);
  }

  private changed(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.parts.timers.after(COLLECT_MS, () => this.write());
  }

  private write(): void {
    if (!this.isDue) return;
    this.isDue = false;
    this.writing = this.writing.then(() => this.save()).catch(this.parts.onTrouble);
  }

  private async save(): Promise<void> {
    const file = await open(`${this.parts.file}.new`, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify([...this.facts.values()]));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${this.parts.file}.new`, this.parts.file);
  }
}

const keyOf = ({ name, version }: Pick<NameFact, 'name' | 'version'>): string => `${version} ${name}`;
