import { shortId, ShoalError, type Clock } from '#core';
import { manifestFromDocument } from '#chunking';
import type { ReceivedRequest, ReplyBody } from '#contracts';
import type { ManifestRegistry } from '#registry';

interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Takes names back from peers after Redis has lost them. A manifest proves itself; a name is believed only where none is. */
export class Restoring {
  constructor(
    private readonly manifests: Pick<ManifestRegistry, 'restore'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @throws ShoalError `bad-manifest`, `bad-message` (a name of another file than the manifest's) */
  async restore({
    peerId,
    names,
    manifest: document,
  }: ReceivedRequest<'manifest.restore'>): Promise<ReplyBody<'manifest.restore'>> {
    const manifest = document === undefined ? undefined : manifestFromDocument(document);
    if (manifest !== undefined && names.some(({ fileId }) => fileId !== manifest.fileId))
      throw new ShoalError('bad-message', 'a name is of another file than the manifest that came with it');
    const { registry, outcomes } = await this.manifests.restore(names, manifest, this.clock.now());
    names.forEach(({ name, version }, at) => {
      const about = { name, version, from: shortId(peerId) };
      if (outcomes[at] === 'restored') this.log.info(about, 'a name was given back by a peer');
      if (outcomes[at] === 'conflict') this.log.warn(about, 'a peer knows this version as another file');
    });
    return { registry, outcomes: [...outcomes] };
  }
}
