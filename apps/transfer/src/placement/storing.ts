import { createHash } from 'node:crypto';
import { ShoalError, type Clock } from '#core';
import { parseFileRef, type PlacementStatus, type ReceivedRequest, type ReplyBody } from '#contracts';
import type { FileVersion, ManifestRegistry, Placement, PlacementFacts, PlacementRegistry } from '#registry';
import { idempotencyKeyOf, isContentKey, keyAfter } from '../download-request.js';
import type { Steps } from '../ports.js';

type StoreRequest = ReceivedRequest<'transfer.store'>;

/** Ids of placements begin with this, so that what a peer says of its command finds the right registry. */
export const PLACEMENT_ID = 'p-';

/** Turns requests into placements. The same request, however often it comes, is one. */
export class Storing {
  constructor(
    private readonly registries: {
      readonly manifests: ManifestRegistry;
      readonly placements: PlacementRegistry;
    },
    private readonly steps: Steps,
    private readonly clock: Clock,
  ) {}

  /** @throws ShoalError `not-found`, `bad-name` */
  async store(request: StoreRequest, messageId: string | undefined): Promise<ReplyBody<'transfer.store'>> {
    const file = await this.registries.manifests.resolve(parseFileRef(request.file));
    if (file === undefined) {
      throw new ShoalError('not-found', `no file is called ${request.file}`, {
        hint: 'Look at `shoal search "*"` for what there is.',
      });
    }
    const { created, placement } = await this.create(
      idempotencyKeyOf(request, messageId),
      factsOf(file, request),
    );
    const { id, revision } = placement;
    // Also for a repeated request: the first try may have ended between the registry and the job.
    await this.steps.add({ kind: 'place', distributionId: id, look: `r${revision}` });
    return { placementId: id, created };
  }

  /** @throws ShoalError `not-found` */
  async status(placementId: string): Promise<PlacementStatus> {
    const placement = await this.registries.placements.get(placementId);
    if (placement === undefined) {
      throw new ShoalError('not-found', `there is no placement ${placementId}`);
    }
    const { facts, state, createdAt, finishedAt, error } = placement;
    const { fileId, name, version, size, chunkCount, copies, storage } = facts;
    return {
      ...{ placementId, state, fileId, name, version, size, chunkCount, copies, storage, createdAt },
      ...(finishedAt === undefined ? {} : { finishedAt }),
      ...(error === undefined ? {} : { error }),
      rows: placement.rows.map(({ epoch: _epoch, ...row }) => row),
    };
  }

  /** A key that is only the request's content counts while that placement runs. */
  private async create(
    idempotencyKey: string,
    facts: PlacementFacts,
  ): Promise<{ created: boolean; placement: Placement }> {
    const order = { id: idOf(idempotencyKey), idempotencyKey, facts, createdAt: this.clock.now() };
    const result = await this.registries.placements.create(order);
    const hasEnded = !result.created && result.placement.state !== 'running';
    return hasEnded && isContentKey(idempotencyKey)
      ? this.create(keyAfter(idempotencyKey, result.placement.id), facts)
      : result;
  }
}

const idOf = (idempotencyKey: string): string =>
  `${PLACEMENT_ID}${createHash('sha256').update(`store ${idempotencyKey}`).digest('hex').slice(0, 20)}`;

const factsOf = (file: FileVersion, { copies, storage, exclude }: StoreRequest): PlacementFacts => {
  const { fileId, name, version, size, chunkSize, chunkCount } = file;
  return { fileId, name, version, size, chunkSize, chunkCount, copies, storage, exclude };
};
