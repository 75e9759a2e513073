import { Controller } from '@nestjs/common';
import type { ReceivedRequest, ReplyBody } from '#contracts';
import { OnRequest, type MessageContext } from '#platform';
import { Handout } from './handout.js';
import { Publishing } from './publishing.js';
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
  ) {}

  @OnRequest('manifest.publish')
  publish(
    request: ReceivedRequest<'manifest.publish'>,
    { redelivered }: MessageContext,
  ): Promise<ReplyBody<'manifest.publish'>> {
    return this.publishing.publish(request, redelivered);
  }

  @OnRequest('manifest.unpublish')
  unpublish(
    request: ReceivedRequest<'manifest.unpublish'>,
    { messageId }: MessageContext,
  ): Promise<ReplyBody<'manifest.unpublish'>> {
    return this.unpublishing.unpublish(request, messageId);
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
