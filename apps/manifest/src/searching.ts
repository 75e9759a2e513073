import type { FileRow, ReceivedRequest, ReplyBody } from '#contracts';
import type { FileVersion, HolderRegistry, ManifestRegistry } from '#registry';

/** Files by name pattern, with their versions and how many live holders each has. */
export class Searching {
  constructor(
    private readonly manifests: ManifestRegistry,
    private readonly holders: HolderRegistry,
  ) {}

  async search(request: ReceivedRequest<'manifest.search'>): Promise<ReplyBody<'manifest.search'>> {
    const { pattern, after, limit } = request;
    const found = await this.manifests.search(pattern, after, limit);
    const files = await Promise.all(found.map((versions) => this.row(versions)));
    const last = files[files.length - 1];
    return { files, ...(files.length === limit && last !== undefined ? { next: last.name } : {}) };
  }

  private async row(versions: readonly FileVersion[]): Promise<FileRow> {
    const counts = await this.holders.counts(versions.map(({ fileId }) => fileId));
    const newest = versions.reduce((best, each) => (each.version > best.version ? each : best));
    return {
      name: newest.name,
      latest: newest.version,
      versions: versions.map(({ name: _name, ...version }, at) => ({
        ...version,
        holderCount: counts[at]?.holders ?? 0,
      })),
    };
  }
}
