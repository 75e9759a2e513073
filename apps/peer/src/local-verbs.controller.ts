import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import {
  LOCAL_VERB_ROUTES,
  localCleanRequest,
  localStopSharingRequest,
  parseWith,
  type LocalLeftover,
  type LocalStopSharingReply,
} from '#contracts';
import type { PeerDaemon } from './daemon.js';
import { DAEMON } from './local-api.controller.js';

/** The control socket: what the everyday verbs ask of the daemon. */
@Controller()
export class LocalVerbsController {
  constructor(@Inject(DAEMON) private readonly daemon: PeerDaemon) {}

  @Post(LOCAL_VERB_ROUTES.stopSharing)
  @HttpCode(200)
  async stopSharing(@Body() body: unknown): Promise<LocalStopSharingReply> {
    const { files } = parseWith(localStopSharingRequest, body, 'the request to stop sharing');
    return { stopped: await this.daemon.stopSharing(files) };
  }

  @Post(LOCAL_VERB_ROUTES.clean)
  @HttpCode(200)
  async clean(@Body() body: unknown): Promise<{ leftovers: LocalLeftover[] }> {
    const order = parseWith(localCleanRequest, body, 'the request to clean');
    return { leftovers: await this.daemon.clean(order) };
  }
}
