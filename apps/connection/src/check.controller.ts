import { Controller } from '@nestjs/common';
import type { ReceivedRequest, ReplyBody } from '#contracts';
import { OnRequest } from '#platform';
import { Checking } from './checking.js';

/** Questions about this anchor. */
@Controller()
export class CheckController {
  constructor(private readonly checking: Checking) {}

  @OnRequest('connection.check')
  check(request: ReceivedRequest<'connection.check'>): Promise<ReplyBody<'connection.check'>> {
    return this.checking.check(request);
  }
}
