import type { FileId, PeerId } from '#core';
import type { Hearer } from './announcer.js';
import type { Session } from './session.js';
import type { SourceLink } from './source-link.js';

/** The connections of one download, by peer. */
export class SourceLinks {
  private readonly links = new Map<PeerId, SourceLink>();
  private readonly holds = new Set<string>();

  add(link: SourceLink): void {
    this.links.set(link.peerId, link);
  }

  get(peerId: PeerId): SourceLink | undefined {
    return this.links.get(peerId);
  }

  /** A newer connection to the same peer stays. */
  delete(link: SourceLink): void {
    if (this.links.get(link.peerId) === link) this.links.delete(link.peerId);
  }

  /** All, also those that are being dialled. A copy: closing one changes the table. */
  all(): SourceLink[] {
    return [...this.links.values()];
  }

  /** Those that are sources now. */
  *open(): IterableIterator<SourceLink> {
    for (const link of this.links.values()) if (link.isOpen) yield link;
  }

  sessionOf(peerId: PeerId): Session | undefined {
    const link = this.links.get(peerId);
    return link?.isOpen === true ? link.session : undefined;
  }

  /** The sources, as those who are told of new chunks. A granting one wants to hear all: it gives what nobody has. */
  *hearers(): IterableIterator<Hearer & { readonly peerId: PeerId }> {
    for (const { peerId, session, has, granting } of this.open()) {
      yield { peerId, session, knows: (chunk) => !granting && has.has(chunk) };
    }
  }

  /** Reads from none of them, also not from those that open later, until every reason is lifted. */
  hold(reason: string): void {
    this.holds.add(reason);
    for (const { session } of this.open()) session.hold(reason);
  }

  release(reason: string): void {
    this.holds.delete(reason);
    for (const { session } of this.open()) session.release(reason);
  }

  opened(link: SourceLink): void {
    for (const reason of this.holds) link.session.hold(reason);
  }

  /** Ends all connections; the sources are told that no more is wanted. */
  closeAll(fileId: FileId): void {
    for (const link of this.all()) {
      if (link.isOpen) link.session.send({ type: 'close-file', fileId, reason: 'finished' });
      link.session.close();
    }
  }
}
