import { Controller } from '@nestjs/common';
import type { FactBody } from '#contracts';
import { OnFact } from '#platform';
import { Commanding } from './commanding.js';
import { Outcomes } from './outcomes.js';

/** What happens at peers. */
@Controller()
export class FactsController {
  constructor(
    private readonly outcomes: Outcomes,
    private readonly commanding: Commanding,
  ) {}

  @OnFact('download.progress')
  progress(fact: FactBody<'download.progress'>): Promise<void> {
    return this.outcomes.progress(fact);
  }

  @OnFact('download.completed')
  completed(fact: FactBody<'download.completed'>): Promise<void> {
    return this.outcomes.completed(fact);
  }

  @OnFact('download.failed')
  failed(fact: FactBody<'download.failed'>): Promise<void> {
    return this.outcomes.failed(fact);
  }

  @OnFact('peer.joined')
  peerJoined(fact: FactBody<'peer.joined'>): Promise<void> {
    return this.commanding.peerJoined(fact.peerId);
  }
}
