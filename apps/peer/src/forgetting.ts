import type { FileId } from '#core';
import type { LocalStopSharingReply } from '#contracts';
import type { HeldFileInfo } from '#engine';
import type { Acknowledger } from './acknowledger.js';
import type { HoldingsLedger } from './holdings-ledger.js';
import type { EngineHost } from './ports.js';

type Stopped = LocalStopSharingReply['stopped'][number];

/** Ends the sharing of files: the engine forgets them and the anchors take this holder back. */
export class Forgetting {
  constructor(
    private readonly engine: Pick<EngineHost, 'forget' | 'holdings'>,
    private readonly ledger: HoldingsLedger,
    private readonly acknowledger: Pick<Acknowledger, 'flush'>,
  ) {}

  /**
   * Complete files stay on the disk, what was downloaded of an incomplete one goes. Resolves when the anchors have been
   * told; those that cannot be reached learn it with the next report. Answers for the files that were shared.
   */
  async stop(fileIds: readonly FileId[]): Promise<Stopped[]> {
    const wanted = new Set(fileIds);
    const shared = (await this.engine.holdings()).filter(({ fileId }) => wanted.has(fileId));
    for (const { fileId } of shared) await this.forget(fileId);
    return shared.map(stoppedOf);
  }

  /** One file, whether it is shared or not; a running download of it ends. */
  async forget(fileId: FileId): Promise<void> {
    await this.engine.forget(fileId);
    this.ledger.remove(fileId);
    await this.acknowledger.flush();
  }
}

const stoppedOf = ({ fileId, name, path, state }: HeldFileInfo): Stopped => ({
  fileId,
  ...(name === undefined ? {} : { name }),
  path,
  wasComplete: state === 'complete',
});
