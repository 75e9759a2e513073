import { basename } from 'node:path';
import type { FileId } from '#core';
import type { LocalEvent } from '#contracts';
import type { EngineEvent } from '#engine';
import { InHand } from './in-hand.js';
import type { AnchorLink, EngineHost } from './ports.js';
import { publishName } from './publish-name.js';

export interface PublishWish {
  /** Absolute path, already allowed. */
  readonly path: string;
  readonly name?: string | undefined;
  readonly chunkSize?: number | undefined;
}

type Done = Extract<LocalEvent, { event: 'done' }>;

/** Makes a file of this machine known: digests it, serves it, then tells the anchors its name. */
export class Publishing {
  /** From the first chunk that is told to the answer of the anchors. */
  readonly inHand = new InHand();
  private readonly watched = new Map<string, (event: LocalEvent) => void>();

  constructor(
    private readonly engine: EngineHost,
    private readonly anchors: AnchorLink,
    private readonly now: () => number,
    private readonly heldIsTold: () => Promise<void>,
    private readonly stopSharing: (fileId: FileId) => Promise<void>,
  ) {}

  /**
   * Serving comes before publishing: whoever learns the name finds a holder. @throws ShoalError
   */
  async publish(wish: PublishWish, tell: (event: LocalEvent) => void): Promise<Done> {
    const started = this.now();
    this.watched.set(wish.path, tell);
    try {
      const manifest = await this.engine.digest(wish.path, wish.chunkSize);
      const name = wish.name ?? basename(wish.path);
      const reply = await this.inHand.during(manifest.fileId, async () => {
        await this.engine.serve(manifest, wish.path, name);
        await this.heldIsTold();
        return publishName(this.anchors, { name, manifest });
      });
      if (reply.fileId !== manifest.fileId)
        await this.serveAs(reply.fileId, manifest.fileId, wish.path, name);
      return {
        event: 'done',
        fileId: reply.fileId,
        name: reply.name,
        version: reply.version,
        outcome: reply.outcome,
        size: manifest.size,
        sha256: manifest.sha256,
        path: wish.path,
        milliseconds: this.now() - started,
        from: [],
        ...(manifest.tree === undefined ? {} : { files: manifest.tree.files }),
      };
    } finally {
      this.watched.delete(wish.path);
    }
  }

  /** The network knows this content under another chunk size: serve it cut that way. */
  private async serveAs(known: FileId, own: FileId, path: string, name: string): Promise<void> {
    const reply = await this.anchors.request('manifest.get', { file: { fileId: known }, holders: 0 });
    await this.stopSharing(own);
    if (reply.manifest !== undefined) await this.engine.serve(reply.manifest, path, name);
  }

  handle(event: EngineEvent): void {
    if (event.kind !== 'digested') return;
    this.watched.get(event.path)?.({ event: 'digesting', bytes: event.bytes, size: event.size });
  }
}
