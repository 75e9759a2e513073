import { isTransient, type PeerId } from '#core';
import { parseTarget, selects, type DownloadRequest, type FactBody } from '#contracts';
import type { Follow } from '#registry';
import type { Distributing, Registries } from './distributing.js';
import { distributionIdOf, followKey } from './download-request.js';
import { eachDistribution } from './each-distribution.js';
import type { Ending } from './ending.js';

/** Groups that keep up with a name: a new version goes to all of them, the newest one to whoever joins later and is meant. */
export class Following {
  constructor(
    private readonly registries: Registries,
    private readonly distributing: Pick<Distributing, 'followUp'>,
    private readonly ending: Pick<Ending, 'supersede'>,
    private readonly onTrouble: (follow: string, error: unknown) => void,
  ) {}

  async published({ name, version }: FactBody<'file.published'>): Promise<void> {
    const follows = (await this.registries.follows.all()).filter((follow) => follow.name === name);
    for (const follow of follows) await this.attempt(follow, () => this.nextVersion(follow, version));
  }

  async peerJoined({ peerId }: Pick<FactBody<'peer.joined'>, 'peerId'>): Promise<void> {
    const follows = await this.registries.follows.all();
    if (follows.length === 0) return;
    const [peer] = await this.registries.peers.find([peerId]);
    // One that is here for a moment only is nobody's target.
    if (peer?.storage === undefined) return;
    for (const follow of follows) {
      const means = requestOf(follow).targets.some((target) => {
        const { of, count, percent } = parseTarget(target);
        return count === undefined && percent === undefined && selects(of, peer);
      });
      if (means) await this.attempt(follow, () => this.lateJoiner(follow, peerId));
    }
  }

  private async nextVersion(follow: Follow, version: number): Promise<void> {
    if (version <= follow.version) return;
    const key = followKey(follow.id, version);
    await this.distributing.followUp(laterRequest(follow, version), { rootId: follow.id, key });
    for await (const { id, state, facts } of eachDistribution(this.registries.distributions)) {
      const isOfGroup = id === follow.id || facts.followsFrom === follow.id;
      if (isOfGroup && state === 'running' && facts.version < version)
        await this.ending.supersede(id, version);
    }
  }

  private async lateJoiner(follow: Follow, peerId: PeerId): Promise<void> {
    const { manifests, distributions } = this.registries;
    const latest = await manifests.resolve({ name: follow.name });
    if (latest === undefined) return;
    if ((await distributions.row(this.idOf(follow, latest.version), peerId)) !== undefined) return;
    const key = followKey(follow.id, latest.version, peerId);
    const request = { ...laterRequest(follow, latest.version), targets: [peerId] };
    await this.distributing.followUp(request, { rootId: follow.id, key });
  }

  /** The distribution that brings this version to the group. */
  private idOf({ id, version: first }: Follow, version: number): string {
    return version === first ? id : distributionIdOf(followKey(id, version));
  }

  /** A group whose targets have all gone must not keep the others from theirs. */
  private async attempt(follow: Follow, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (isTransient(error)) throw error;
      this.onTrouble(follow.id, error);
    }
  }
}

const requestOf = ({ request }: Follow): DownloadRequest => JSON.parse(request) as DownloadRequest;

/** The same for a later version: it replaces the earlier one, at once, and takes as long as it takes. */
const laterRequest = (follow: Follow, version: number): DownloadRequest => {
  const { startAt: _start, deadline: _deadline, idempotencyKey: _key, ...request } = requestOf(follow);
  return { ...request, file: `${follow.name}@${version}`, force: true, follow: false };
};
