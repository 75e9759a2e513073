import { ShoalError, type Clock } from '#core';
import {
  MESSAGE_LIMITS,
  parseFileRef,
  parseTarget,
  type DownloadRequest,
  type FileRef,
  type ReplyBody,
  type TargetGroup,
} from '#contracts';
import type {
  Distribution,
  DistributionOrder,
  DistributionRegistry,
  FileVersion,
  FollowRegistry,
  ManifestRegistry,
  PeerRegistry,
  RosterPeer,
} from '#registry';
import {
  checkTimes,
  distributionIdOf,
  factsOf,
  idempotencyKeyOf,
  isContentKey,
  keyAfter,
} from './download-request.js';
import { namedPeer, resolveTargets } from './resolve-targets.js';
import type { Scheduling } from './scheduling.js';

export interface Registries {
  readonly peers: PeerRegistry;
  readonly manifests: ManifestRegistry;
  readonly distributions: DistributionRegistry;
  readonly follows: FollowRegistry;
}

/** A distribution that nobody asked for by itself: its group follows a name. */
export interface Followed {
  readonly rootId: string;
  readonly key: string;
}

/** Turns requests into distributions. The same request, however often it comes, is one. */
export class Distributing {
  constructor(
    private readonly registries: Registries,
    private readonly scheduling: Scheduling,
    private readonly clock: Clock,
  ) {}

  /** @throws ShoalError `not-found` (file or target), `bad-name`, `bad-message`, `limit-exceeded` */
  async download(
    request: DownloadRequest,
    messageId: string | undefined,
  ): Promise<ReplyBody<'transfer.download'>> {
    const { created, distribution } = await this.ofKey(idempotencyKeyOf(request, messageId), request);
    return { distributionId: distribution.id, created, targets: distribution.targets };
  }

  /** @throws ShoalError as `download` does */
  async followUp(request: DownloadRequest, { rootId, key }: Followed): Promise<Distribution> {
    return (await this.make(key, request, rootId)).distribution;
  }

  /** A key that is only the request's content counts while that distribution runs. */
  private async ofKey(
    key: string,
    request: DownloadRequest,
  ): Promise<{ created: boolean; distribution: Distribution }> {
    const result = await this.make(key, request);
    const hasEnded = !result.created && result.distribution.state !== 'running';
    return hasEnded && isContentKey(key)
      ? this.ofKey(keyAfter(key, result.distribution.id), request)
      : result;
  }

  private async make(
    idempotencyKey: string,
    request: DownloadRequest,
    followsFrom?: string,
  ): Promise<{ created: boolean; distribution: Distribution }> {
    // Who asks again is answered the same, also when the file or a target has gone meanwhile.
    const before = await this.registries.distributions.byKey(idempotencyKey);
    const result =
      before === undefined
        ? await this.create(await this.order(idempotencyKey, request, followsFrom), request)
        : { created: false, distribution: before };
    const { distribution } = result;
    // Also for a repeated request: the first try may have ended between the registry and the job.
    if (distribution.state === 'running') await this.scheduling.begin(distribution, 'first');
    return result;
  }

  /** Followed first: were it the other way round, a distribution that has ended would not be, had the process died between. */
  private async create(
    order: DistributionOrder,
    request: DownloadRequest,
  ): Promise<{ created: boolean; distribution: Distribution }> {
    const newest = request.follow ? await this.followed(order, request) : order;
    return this.registries.distributions.create(newest);
  }

  /** Nobody told the group of a version that came before its name was followed: the order is for that one then. */
  private async followed(order: DistributionOrder, request: DownloadRequest): Promise<DistributionOrder> {
    await this.follow(order, request);
    const { manifests, follows } = this.registries;
    const latest = await manifests.resolve({ name: order.facts.name });
    if (latest === undefined || latest.version <= order.facts.version) return order;
    await follows.remove(order.id);
    return this.followed({ ...order, facts: factsOf(latest, request) }, request);
  }

  private async order(
    idempotencyKey: string,
    request: DownloadRequest,
    followsFrom: string | undefined,
  ): Promise<DistributionOrder> {
    const now = this.clock.now();
    checkTimes(request, now);
    const groups = request.targets.map((target) => parseTarget(target));
    const [file, known] = await Promise.all([this.findFile(request), this.knownPeers(groups)]);
    const id = distributionIdOf(idempotencyKey);
    // Every version that follows is for the same share of them.
    const targets = resolveTargets(groups, known, followsFrom ?? id);
    return { id, idempotencyKey, facts: factsOf(file, request, followsFrom), targets, now };
  }

  private async findFile({ file: text, follow }: DownloadRequest): Promise<FileVersion> {
    const ref = parseFileRef(text);
    if (follow && !isName(ref)) {
      throw new ShoalError('bad-message', `"${text}" is one version: nothing will follow it`, {
        hint: 'With follow, name the file without a version.',
      });
    }
    const file = await this.registries.manifests.resolve(ref);
    if (file !== undefined) return file;
    throw new ShoalError('not-found', `no file is called ${text}`, {
      hint: 'Look at `shoal search "*"` for what there is.',
    });
  }

  /** Everybody, unless the request names peers that are all here. */
  private async knownPeers(groups: readonly TargetGroup[]): Promise<RosterPeer[]> {
    const { peers } = this.registries;
    const words = groups.map(namedPeer);
    if (words.some((word) => word === undefined)) return withLive(await peers.roster(), []);
    const named = words as string[];
    const [byId, byName] = await Promise.all([peers.find(named as never), peers.findByName(named)]);
    const live = [...byId, ...byName].map((peer) => ({ ...peer, seenAt: peer.joinedAt }));
    const isHere = (word: string): boolean =>
      live.some(({ peerId, name }) => word === peerId || word === name);
    return named.every(isHere) ? live : withLive(await peers.roster(), live);
  }

  private async follow({ id, facts }: DistributionOrder, request: DownloadRequest): Promise<void> {
    const { name, version } = facts;
    const follow = { id, name, version, request: JSON.stringify(request) };
    if (await this.registries.follows.put(follow, MESSAGE_LIMITS.follows)) return;
    throw new ShoalError('limit-exceeded', `${MESSAGE_LIMITS.follows} distributions follow a name already`, {
      hint: 'Cancel those that are not needed any more, or leave out follow.',
    });
  }
}

const isName = (ref: FileRef): boolean => 'name' in ref && ref.version === undefined;

/** Who is here counts as seen now, and more than who was here under the same name. */
const withLive = (roster: readonly RosterPeer[], live: readonly RosterPeer[]): RosterPeer[] => {
  const ids = new Set(live.map(({ peerId }) => peerId));
  return [
    ...roster.filter(({ peerId }) => !ids.has(peerId)),
    ...live.map((peer) => ({ ...peer, seenAt: Number.MAX_SAFE_INTEGER })),
  ];
};
