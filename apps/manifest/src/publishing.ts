import type { Clock } from '#core';
import { manifestFromDocument } from '#chunking';
import type { FactBody, ReceivedRequest, ReplyBody } from '#contracts';
import type { Outgoing } from '#platform';
import type { ManifestRegistry } from '#registry';
import { shortDigest } from './short-digest.js';

/** Takes manifests in. A manifest proves itself, so it does not matter who sends it. */
export class Publishing {
  constructor(
    private readonly manifests: ManifestRegistry,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /**
   * Also what is unchanged is told: the process that had it first may have ended before it told the world.
   * @throws ShoalError `bad-manifest`, `bad-size`
   */
  async publish(request: ReceivedRequest<'manifest.publish'>): Promise<ReplyBody<'manifest.publish'>> {
    const manifest = manifestFromDocument(request.manifest);
    const { kind, version: found } = await this.manifests.publish(request.name, manifest, this.clock.now());
    const { name, version, fileId, size, chunkCount, publishedAt } = found;
    const body = { name, version, fileId, size, chunkCount };
    await this.outgoing.fact('file.published', fileId, body, factId(body));
    return { name, version, fileId, outcome: kind, publishedAt };
  }
}

/** The same for the same version. */
const factId = ({ fileId, name, version }: FactBody<'file.published'>): string =>
  `file-published/${fileId}/${shortDigest(name)}@${version}`;
