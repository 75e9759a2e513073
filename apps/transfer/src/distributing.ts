import { ShoalError, type Clock } from '#core';
import { parseFileRef, type DistributionStatus, type DownloadRequest, type ReplyBody } from '#contracts';
import type {
  Distribution,
  DistributionFacts,
  DistributionOrder,
  DistributionRegistry,
  FileVersion,
  ManifestRegistry,
  PeerRecord,
  PeerRegistry,
} from '#registry';
import {
  commandIdOf,
  distributionIdOf,
  idempotencyKeyOf,
  isContentKey,
  keyAfter,
  parseTargets,
} from './download-request.js';
import type { Outgoing } from '#platform';
import type { Steps } from './ports.js';

export interface Registries {
  readonly peers: PeerRegistry;
  readonly manifests: ManifestRegistry;
  readonly distributions: DistributionRegistry;
}

/** Turns requests into distributions. The same request, however often it comes, is one. */
export class Distributing {
  constructor(
    private readonly registries: Registries,
    private readonly steps: Steps,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /** @throws ShoalError `not-found` (file or target), `bad-name`, `bad-message` */
  async download(
    request: DownloadRequest,
    messageId: string | undefined,
  ): Promise<ReplyBody<'transfer.download'>> {
    const [file, targets] = await Promise.all([
      this.findFile(request.file),
      this.findTargets(request.targets),
    ]);
    const { created, distribution } = await this.create(idempotencyKeyOf(request, messageId), {
      facts: factsOf(file, request),
      targets: targets.map(({ peerId, name }) => ({ peerId, name })),
      now: this.clock.now(),
    });
    // Also for a repeated request: the first try may have ended between the registry and the job.
    if (distribution.state === 'running')
      await this.steps.add({ kind: 'start', distributionId: distribution.id });
    return { distributionId: distribution.id, created, targets: distribution.targets };
  }

  /** @throws ShoalError `not-found` */
  async cancel(distributionId: string, keepParts: boolean): Promise<ReplyBody<'transfer.cancel'>> {
    const { peers, distributions } = this.registries;
    await this.get(distributionId);
    const { cancelled, epoch, finished } = await distributions.cancel(distributionId, this.clock.now());
    const busy = cancelled.filter(({ before }) => before === 'commanded' || before === 'downloading');
    for (const peer of await peers.find(busy.map(({ peerId }) => peerId))) {
      const commandId = commandIdOf(distributionId, peer.peerId, epoch - 1);
      const body = { commandId, distributionId, epoch, keepParts };
      await this.outgoing.command(peer, 'command.cancel', body, `${commandId}:cancel`);
    }
    if (finished) await this.steps.add({ kind: 'announce', distributionId });
    return { distributionId, cancelled: cancelled.length };
  }

  /** @throws ShoalError `not-found` */
  async status(distributionId: string): Promise<DistributionStatus> {
    const distribution = await this.get(distributionId);
    const rows = await this.registries.distributions.rows(distributionId);
    const { facts, state, createdAt, finishedAt } = distribution;
    return {
      distributionId,
      state,
      name: facts.name,
      version: facts.version,
      fileId: facts.fileId,
      size: facts.size,
      createdAt,
      ...(finishedAt === undefined ? {} : { finishedAt }),
      rows: rows.map(({ epoch: _epoch, ...row }) => row),
    };
  }

  /** The distribution of this key. A key that is only the request's content counts while that distribution runs. */
  private async create(
    idempotencyKey: string,
    order: Omit<DistributionOrder, 'id' | 'idempotencyKey'>,
  ): Promise<{ created: boolean; distribution: Distribution }> {
    const id = distributionIdOf(idempotencyKey);
    const result = await this.registries.distributions.create({ ...order, id, idempotencyKey });
    const hasEnded = !result.created && result.distribution.state !== 'running';
    return hasEnded && isContentKey(idempotencyKey)
      ? this.create(keyAfter(idempotencyKey, id), order)
      : result;
  }

  private async get(distributionId: string): Promise<Distribution> {
    const distribution = await this.registries.distributions.get(distributionId);
    if (distribution === undefined) {
      throw new ShoalError('not-found', `there is no distribution ${distributionId}`);
    }
    return distribution;
  }

  private async findFile(text: string): Promise<FileVersion> {
    const file = await this.registries.manifests.resolve(parseFileRef(text));
    if (file !== undefined) return file;
    throw new ShoalError('not-found', `no file is called ${text}`, {
      hint: 'Look at `shoal search "*"` for what there is.',
    });
  }

  /** Names and ids that the network knows. All of them, or an error that lists the others. */
  private async findTargets(targets: readonly string[]): Promise<PeerRecord[]> {
    const { ids, names } = parseTargets(targets);
    const { peers } = this.registries;
    const [byId, byName] = await Promise.all([peers.find(ids), peers.findByName(names)]);
    const unknown = [
      ...ids.filter((id) => !byId.some(({ peerId }) => peerId === id)),
      ...names.filter((name) => !byName.some((peer) => peer.name === name)),
    ];
    if (unknown.length === 0)
      return [...new Map([...byId, ...byName].map((peer) => [peer.peerId, peer])).values()];
    const listed = unknown.slice(0, 10).join(', ');
    throw new ShoalError('not-found', `the network knows no peer called ${listed}`, {
      hint: 'Look at `shoal peers`.',
    });
  }
}

const factsOf = (file: FileVersion, request: DownloadRequest): DistributionFacts => {
  const { force, folder, saveAs, maxDownRate } = request;
  const { fileId, name, version, size } = file;
  return {
    fileId,
    name,
    version,
    size,
    force,
    ...(folder === undefined ? {} : { folder }),
    ...(saveAs === undefined ? {} : { saveAs }),
    ...(maxDownRate === undefined ? {} : { maxDownRate }),
  };
};
