import { Controller } from '@nestjs/common';
import type { FactBody } from '#contracts';
import { OnFact } from '#platform';
import { Commanding } from './commanding.js';
import { Following } from './following.js';
import { Outcomes } from './outcomes.js';
import { isPlacement, PlacementOutcomes } from './placement/placement-outcomes.js';
import { Placing } from './placement/placing.js';

/** What happens at peers. */
@Controller()
export class FactsController {
  constructor(
    private readonly outcomes: Outcomes,
    private readonly commanding: Commanding,
    private readonly placed: PlacementOutcomes,
    private readonly placing: Placing,
    private readonly following: Following,
  ) {}

  @OnFact('download.progress')
  progress(fact: FactBody<'download.progress'>): Promise<void> {
    return isPlacement(fact) ? this.placed.progress(fact) : this.outcomes.progress(fact);
  }

  @OnFact('download.completed')
  completed(fact: FactBody<'download.completed'>): Promise<void> {
    return isPlacement(fact) ? this.placed.completed(fact) : this.outcomes.completed(fact);
  }

  @OnFact('download.failed')
  failed(fact: FactBody<'download.failed'>): Promise<void> {
    return isPlacement(fact) ? this.placed.failed(fact) : this.outcomes.failed(fact);
  }

  @OnFact('peer.joined')
  async peerJoined(fact: FactBody<'peer.joined'>): Promise<void> {
    await this.commanding.peerJoined(fact.peerId);
    await this.following.peerJoined(fact);
    await this.placing.peersChanged();
  }

  @OnFact('peer.left')
  async peerLeft(fact: FactBody<'peer.left'>): Promise<void> {
    await this.commanding.peerLeft(fact.peerId);
    await this.placing.peersChanged();
  }

  @OnFact('file.published')
  published(fact: FactBody<'file.published'>): Promise<void> {
    return this.following.published(fact);
  }
}
