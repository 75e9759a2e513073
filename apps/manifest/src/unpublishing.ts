import { randomUUID } from 'node:crypto';
import { ShoalError, type Clock } from '#core';
import { formatFileRef, type ReceivedRequest, type ReplyBody } from '#contracts';
import type { Outgoing } from '#platform';
import type { HolderRegistry, ManifestRegistry, PeerRecord } from '#registry';
import { shortDigest } from './short-digest.js';

type Request = ReceivedRequest<'manifest.unpublish'>;
type Removed = ReplyBody<'manifest.unpublish'>['removed'][number];

/** Holders of one file that are told at once; who comes later is told when it reports the file. */
const TOLD_MAX = 10_000;
/** Commands sent between two waits for the broker. */
const BATCH = 200;

/** Takes names out of the network, and content from the peers when that was asked for. */
export class Unpublishing {
  constructor(
    private readonly manifests: ManifestRegistry,
    private readonly holders: HolderRegistry,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /**
   * `requestId`: a message that comes twice is answered twice in the same way, and tells the world the same again.
   * @throws ShoalError `not-found`
   */
  async unpublish(
    { name, version, everywhere }: Request,
    requestId: string = randomUUID(),
  ): Promise<ReplyBody<'manifest.unpublish'>> {
    const now = this.clock.now();
    const outcome = await this.manifests.unpublish({ name, version, everywhere, requestId, now });
    const removed = [...outcome.removed];
    if (removed.length === 0) throw nothing(name, version);
    let told = 0;
    for (const one of removed) {
      await this.tellWorld(name, one, requestId);
      told += await this.tellHolders(name, one, everywhere && one.gone);
    }
    return { name, removed, ...(outcome.latest === undefined ? {} : { latest: outcome.latest }), told };
  }

  private tellWorld(name: string, { version, fileId, gone }: Removed, requestId: string): Promise<void> {
    const id = `file-unpublished/${fileId}/${shortDigest(name)}@${version}/${shortDigest(requestId)}`;
    return this.outgoing.fact('file.unpublished', fileId, { name, version, fileId, gone }, id);
  }

  /** They drop the file, or only the name: it must not come back when Redis is emptied. Resolves with how many drop it. */
  private async tellHolders(name: string, removed: Removed, drops: boolean): Promise<number> {
    const { fileId } = removed;
    const tell = (peer: PeerRecord): Promise<boolean> =>
      drops ? this.tellToDrop(peer, name, removed) : this.tellToForget(peer, name, removed);
    const found = await this.holders.holders(fileId, { limit: TOLD_MAX, exclude: new Set() });
    let told = 0;
    for (let at = 0; at < found.length; at += BATCH) {
      const batch = found.slice(at, at + BATCH);
      const arrived = await Promise.all(batch.map(({ peer }) => tell(peer)));
      told += arrived.filter(Boolean).length;
    }
    return drops ? told : 0;
  }

  private tellToForget(peer: PeerRecord, name: string, { fileId, version }: Removed): Promise<boolean> {
    const commandId = `forget/${fileId}/${version}`;
    return this.outgoing.command(peer, 'command.forget', {
      ...{ commandId, name, version, fileId, reason: 'it was removed' },
    });
  }

  private tellToDrop(peer: PeerRecord, name: string, { fileId, version }: Removed): Promise<boolean> {
    const reason = `${name}@${version} was removed everywhere`.slice(0, 1_000);
    return this.outgoing.command(peer, 'command.drop', { commandId: `drop/${fileId}`, fileId, reason });
  }
}

const nothing = (name: string, version: number | undefined): ShoalError =>
  new ShoalError(
    'not-found',
    `nothing is published as ${formatFileRef({ name, ...(version === undefined ? {} : { version }) })}`,
    { hint: 'Look at `shoal ls --all` for what there is.' },
  );
