import { ShoalError, type FileId, type PeerId } from '#core';
import type { ManifestJson } from '#chunking';
import type { FileRef, Holder } from '#contracts';
import type { SourceAddress } from '#engine';
import type { AnchorLink } from './ports.js';

export interface FoundFile {
  readonly manifest: ManifestJson;
  readonly name?: string;
  readonly version?: number;
  readonly sources: readonly SourceAddress[];
}

/** Where a downloader learns what a file is and who has it: the anchors, or the neighbours while there is no anchor. */
export class ManifestSource {
  constructor(
    private readonly self: PeerId,
    private readonly anchors: AnchorLink,
    private readonly fromNeighbours: (fileId: FileId) => Promise<ManifestJson | undefined>,
  ) {}

  /** @throws ShoalError `not-found`, or a transient one while neither an anchor nor a neighbour answers */
  async find(file: FileRef): Promise<FoundFile> {
    try {
      const reply = await this.anchors.request('manifest.get', { file, asker: this.self });
      if (reply.manifest === undefined) throw new ShoalError('bad-message', 'the anchor sent no manifest');
      return {
        manifest: reply.manifest,
        ...(reply.name === undefined ? {} : { name: reply.name }),
        ...(reply.version === undefined ? {} : { version: reply.version }),
        sources: reply.holders.map(toSource),
      };
    } catch (error) {
      if (!(error instanceof ShoalError) || error.retry === 'permanent' || !('fileId' in file)) throw error;
      const manifest = await this.fromNeighbours(file.fileId);
      if (manifest === undefined) throw error;
      return { manifest, sources: [] };
    }
  }

  /** Other holders than the ones that cannot be reached. */
  async moreSources(fileId: FileId, exclude: readonly PeerId[]): Promise<readonly SourceAddress[]> {
    const reply = await this.anchors.request(
      'manifest.get',
      { file: { fileId }, asker: this.self, withManifest: false, exclude: exclude.slice(0, EXCLUDED_MAX) },
      { tries: 1 },
    );
    return reply.holders.map(toSource);
  }
}

/** As many as `manifest.get` takes. */
const EXCLUDED_MAX = 200;

const toSource = ({ peerId, incarnation, name, address }: Holder): SourceAddress => ({
  peerId,
  incarnation,
  name,
  host: address.host,
  port: address.port,
});
