import { Controller } from '@nestjs/common';
import type { ReceivedRequest, ReplyBody, ReportBody } from '#contracts';
import { OnReport, OnRequest } from '#platform';
import { Holdings } from './holdings.js';

/** What peers say that they hold. */
@Controller()
export class HoldingsController {
  constructor(private readonly holdings: Holdings) {}

  @OnReport('chunk.acknowledged')
  acknowledged(report: ReportBody<'chunk.acknowledged'>): Promise<void> {
    return this.holdings.acknowledged(report);
  }

  @OnReport('holdings.reported')
  reported(report: ReportBody<'holdings.reported'>): Promise<void> {
    return this.holdings.reported(report);
  }

  @OnRequest('holdings.release')
  release(request: ReceivedRequest<'holdings.release'>): Promise<ReplyBody<'holdings.release'>> {
    return this.holdings.release(request);
  }

  @OnReport('holdings.retracted')
  retracted(report: ReportBody<'holdings.retracted'>): Promise<void> {
    return this.holdings.retracted(report);
  }
}
