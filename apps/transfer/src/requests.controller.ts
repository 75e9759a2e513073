import { Controller } from '@nestjs/common';
import type { DistributionStatus, PlacementStatus, ReceivedRequest, ReplyBody } from '#contracts';
import { OnRequest, type MessageContext } from '#platform';
import { Distributing } from './distributing.js';
import { Storing } from './placement/storing.js';

/** The public door, and what is asked about what went through it. */
@Controller()
export class RequestsController {
  constructor(
    private readonly distributing: Distributing,
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
    return this.distributing.cancel(request.distributionId, request.keepParts);
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

  @OnRequest('transfer.status')
  status(request: ReceivedRequest<'transfer.status'>): Promise<DistributionStatus> {
    return this.distributing.status(request.distributionId);
  }
}
