import { parseFileRef, type FileRow, type PeerRow, type ReplyBody } from '#contracts';
import type { Broker } from '#platform';

/** Rows of one page of the console. */
const ROWS = 200;

/** What the anchors say about the network, for people. */
export class NetworkView {
  constructor(private readonly broker: Pick<Broker, 'request'>) {}

  peers(): Promise<ReplyBody<'connection.peers'>> {
    return this.broker.request('connection.peers', { limit: ROWS });
  }

  files(pattern: string): Promise<ReplyBody<'manifest.search'>> {
    return this.broker.request('manifest.search', { pattern, limit: ROWS });
  }

  /** @throws ShoalError `not-found`, `bad-name` */
  file(text: string): Promise<ReplyBody<'manifest.get'>> {
    return this.broker.request('manifest.get', { file: parseFileRef(text), withManifest: false });
  }

  /** @throws ShoalError `not-found` */
  distribution(distributionId: string): Promise<ReplyBody<'transfer.status'>> {
    return this.broker.request('transfer.status', { distributionId });
  }

  async overview(): Promise<{ peers: readonly PeerRow[]; total: number; files: readonly FileRow[] }> {
    const [{ peers, total }, { files }] = await Promise.all([this.peers(), this.files('*')]);
    return { peers, total, files };
  }
}
