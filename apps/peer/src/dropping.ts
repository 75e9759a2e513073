import { ShoalError, type FileId } from '#core';
import type { InHand } from './in-hand.js';
import type { AnchorLink } from './ports.js';
import type { Forgetting } from './forgetting.js';

/**
 * The order to drop a file, which may be out of date: this peer may be publishing the file again, or have done so since. The
 * anchors are asked whether it is published before anything is forgotten.
 */
export class Dropping {
  constructor(
    private readonly forgetting: Pick<Forgetting, 'forget'>,
    private readonly anchors: Pick<AnchorLink, 'request'>,
    private readonly publishing: InHand,
    private readonly say: (message: string) => void,
  ) {}

  /** False when it is published (again). @throws a transient ShoalError while no anchor answers: the order comes again */
  async drop(fileId: FileId, reason: string): Promise<boolean> {
    await this.publishing.settled(fileId);
    if (await this.isPublished(fileId)) return false;
    await this.forgetting.forget(fileId);
    this.say(`no longer sharing ${fileId.slice(0, 8)}: ${reason}`);
    return true;
  }

  private async isPublished(fileId: FileId): Promise<boolean> {
    try {
      await this.anchors.request('manifest.get', { file: { fileId }, withManifest: false, holders: 0 });
      return true;
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'not-found') return false;
      throw error;
    }
  }
}
