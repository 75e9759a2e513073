import { parseFileRef, type ReplyBody } from '#contracts';
import type { Broker } from '#platform';
import type { Overview } from './page.js';

/** Rows of one page of the console. */
const ROWS = 200;
const DISTRIBUTIONS = 20;

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

  async overview(): Promise<Omit<Overview, 'networkId'>> {
    const [{ peers, total }, { files }, { distributions }] = await Promise.all([
      this.peers(),
      this.files('*'),
      this.broker.request('transfer.list', { limit: DISTRIBUTIONS }),
    ]);
    return { peers, total, files, distributions };
  }
}
