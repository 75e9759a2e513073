import { Controller } from '@nestjs/common';
import type { ReceivedRequest, ReplyBody } from '#contracts';
import { OnRequest, type MessageContext } from '#platform';
import { Handout } from './handout.js';
import { Publishing } from './publishing.js';
import { Restoring } from './restoring.js';
import { Searching } from './searching.js';
import { Unpublishing } from './unpublishing.js';

/** Requests about files. */
@Controller()
export class FilesController {
  constructor(
    private readonly publishing: Publishing,
    private readonly handout: Handout,
    private readonly searching: Searching,
    private readonly unpublishing: Unpublishing,
    private readonly restoring: Restoring,
  ) {}

  @OnRequest('manifest.publish')
  publish(request: ReceivedRequest<'manifest.publish'>): Promise<ReplyBody<'manifest.publish'>> {
    return this.publishing.publish(request);
  }

  @OnRequest('manifest.unpublish')
  unpublish(
    request: ReceivedRequest<'manifest.unpublish'>,
    { messageId }: MessageContext,
  ): Promise<ReplyBody<'manifest.unpublish'>> {
    return this.unpublishing.unpublish(request, messageId);
  }

  @OnRequest('manifest.restore')
  restore(request: ReceivedRequest<'manifest.restore'>): Promise<ReplyBody<'manifest.restore'>> {
    return this.restoring.restore(request);
  }

  @OnRequest('manifest.get')
  get(request: ReceivedRequest<'manifest.get'>): Promise<ReplyBody<'manifest.get'>> {
    return this.handout.get(request);
  }

  @OnRequest('manifest.search')
  search(request: ReceivedRequest<'manifest.search'>): Promise<ReplyBody<'manifest.search'>> {
    return this.searching.search(request);
  }
}
