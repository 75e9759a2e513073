import { jittered, ShoalError, type FileId, type PeerId, type Random } from '#core';
import type { ManifestJson } from '#chunking';
import { MESSAGE_LIMITS, type NameFact, type RestoreOutcome } from '#contracts';
import type { AnchorLink, Timers } from '../ports.js';
import type { NameBook } from './name-book.js';

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;

export interface NameRestoringParts {
  readonly peerId: PeerId;
  readonly book: Pick<NameBook, 'held' | 'learn' | 'forget'>;
  readonly anchors: Pick<AnchorLink, 'request'>;
  /** Of a file that is held; undefined when it no longer is. */
  readonly manifestOf: (fileId: FileId) => Promise<ManifestJson | undefined>;
  readonly timers: Timers;
  readonly random: Random;
  readonly say: (message: string) => void;
}

/**
 * After every join the names of what is held are compared with the anchors': what was removed meanwhile is forgotten, what
 * an emptied Redis has lost goes back to it, one manifest in a message.
 */
export class NameRestoring {
  private round = 0;
  private stopTimer: () => void = () => {};

  constructor(private readonly parts: NameRestoringParts) {}

  /** A new round; one that runs ends. */
  joined(): void {
    this.left();
    void this.run(this.round, 0);
  }

  left(): void {
    this.round++;
    this.stopTimer();
  }

  private async run(round: number, failures: number): Promise<void> {
    try {
      await this.compare(round);
    } catch (error) {
      if (round !== this.round) return;
      if (error instanceof ShoalError && error.retry === 'permanent') {
        this.parts.say(`names could not be compared: ${error.message}`);
        return;
      }
      const delay = jittered(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures), 0.3, this.parts.random);
      this.stopTimer = this.parts.timers.after(delay, () => void this.run(round, failures + 1));
    }
  }

  private async compare(round: number): Promise<void> {
    const wanted: NameFact[] = [];
    for (const batch of inBatches(this.parts.book.held())) {
      if (round !== this.round) return;
      wanted.push(...(await this.send(batch)));
    }
    for (const [fileId, names] of byFile(wanted)) {
      if (round !== this.round) return;
      const manifest = await this.parts.manifestOf(fileId);
      if (manifest === undefined) continue;
      for (const batch of inBatches(names)) await this.send(batch, manifest);
    }
  }

  /** Resolves with those that are to come again with their manifest. */
  private async send(names: NameFact[], manifest?: ManifestJson): Promise<NameFact[]> {
    const { anchors, peerId } = this.parts;
    const body = { peerId, names, ...(manifest === undefined ? {} : { manifest }) };
    const { registry, outcomes } = await anchors.request('manifest.restore', body);
    names.forEach((fact, at) => this.note(fact, outcomes[at], registry));
    return names.filter((_, at) => outcomes[at] === 'wanted');
  }

  private note(fact: NameFact, outcome: RestoreOutcome | undefined, registry: string): void {
    const { book, say } = this.parts;
    const called = `${fact.name}@${fact.version}`;
    switch (outcome) {
      case 'wanted':
      case undefined:
        return;
      case 'known':
        return book.learn({ ...fact, learntIn: registry });
      case 'restored':
        say(`the network had lost ${called}: given back`);
        return book.learn({ ...fact, learntIn: registry });
      case 'removed':
        return book.forget(fact);
      case 'conflict':
        say(`${called} is another file in the network by now`);
        return book.forget(fact);
    }
  }
}

const inBatches = (names: readonly NameFact[]): NameFact[][] => {
  const size = MESSAGE_LIMITS.restoredNames;
  return Array.from({ length: Math.ceil(names.length / size) }, (_, at) =>
    names.slice(at * size, (at + 1) * size),
  );
};

const byFile = (names: readonly NameFact[]): Map<FileId, NameFact[]> => {
  const files = new Map<FileId, NameFact[]>();
  for (const fact of names) files.set(fact.fileId, [...(files.get(fact.fileId) ?? []), fact]);
  return files;
};
