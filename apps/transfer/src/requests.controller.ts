import { Controller } from '@nestjs/common';
import type { DistributionStatus, PlacementStatus, ReceivedRequest, ReplyBody } from '#contracts';
import { OnRequest, type MessageContext } from '#platform';
import { Distributing } from './distributing.js';
import { Ending } from './ending.js';
import { Storing } from './placement/storing.js';
import { Reading } from './reading.js';

/** The public door, and what is asked about what went through it. */
@Controller()
export class RequestsController {
  constructor(
    private readonly distributing: Distributing,
    private readonly ending: Ending,
    private readonly reading: Reading,
    private readonly storing: Storing,
  ) {}

  @OnRequest('transfer.download')
  download(
    request: ReceivedRequest<'transfer.download'>,
    { messageId }: MessageContext,
  ): Promise<ReplyBody<'transfer.download'>> {
    return this.distributing.download(request, messageId);
  }

  @OnRequest('transfer.cancel')
  cancel(request: ReceivedRequest<'transfer.cancel'>): Promise<ReplyBody<'transfer.cancel'>> {
    return this.ending.cancel(request.distributionId, request.keepParts);
  }

  @OnRequest('transfer.store')
  store(
    request: ReceivedRequest<'transfer.store'>,
    { messageId }: MessageContext,
  ): Promise<ReplyBody<'transfer.store'>> {
    return this.storing.store(request, messageId);
  }

  @OnRequest('transfer.placement')
  placement(request: ReceivedRequest<'transfer.placement'>): Promise<PlacementStatus> {
    return this.storing.status(request.placementId);
  }

  @OnRequest('transfer.retry')
  retry(request: ReceivedRequest<'transfer.retry'>): Promise<ReplyBody<'transfer.retry'>> {
    return this.ending.retry(request.distributionId);
  }

  @OnRequest('transfer.status')
  status(request: ReceivedRequest<'transfer.status'>): Promise<DistributionStatus> {
    return this.reading.status(request);
  }

  @OnRequest('transfer.list')
  list(request: ReceivedRequest<'transfer.list'>): Promise<ReplyBody<'transfer.list'>> {
    return this.reading.list(request);
  }
}
