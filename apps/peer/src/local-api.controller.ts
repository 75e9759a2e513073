import { Body, Controller, Get, HttpCode, Inject, Post, Put, Res } from '@nestjs/common';
import {
  LOCAL_ROUTES,
  localGetRequest,
  localLimitsRequest,
  localPublishRequest,
  localShareRequest,
  parseWith,
  type LocalStatus,
} from '#contracts';
import type { ServerResponse } from 'node:http';
import type { PeerDaemon } from './daemon.js';
import { streamEvents, type LineSink } from './event-stream.js';

export const DAEMON = Symbol('PeerDaemon');

/** The control socket: what a person on this machine asks of the daemon. */
@Controller()
export class LocalApiController {
  constructor(@Inject(DAEMON) private readonly daemon: PeerDaemon) {}

  @Get(LOCAL_ROUTES.status)
  status(): Promise<LocalStatus> {
    return this.daemon.status();
  }

  @Post(LOCAL_ROUTES.publish)
  @HttpCode(200)
  async publish(@Body() body: unknown, @Res() response: ServerResponse): Promise<void> {
    const wish = parseWith(localPublishRequest, body, 'the publish request');
    await streamEvents(lines(response), (tell) => this.daemon.publish(wish, tell));
  }

  @Post(LOCAL_ROUTES.get)
  @HttpCode(200)
  async get(@Body() body: unknown, @Res() response: ServerResponse): Promise<void> {
    const wish = parseWith(localGetRequest, body, 'the get request');
    await streamEvents(lines(response), (tell, signal) => this.daemon.get(wish, tell, signal));
  }

  @Post(LOCAL_ROUTES.share)
  @HttpCode(200)
  async share(@Body() body: unknown, @Res() response: ServerResponse): Promise<void> {
    const wish = parseWith(localShareRequest, body, 'the share request');
    await streamEvents(lines(response), (tell) => this.daemon.share(wish, tell));
  }

  @Put(LOCAL_ROUTES.limits)
  async limits(@Body() body: unknown): Promise<Record<string, never>> {
    await this.daemon.setLimits(parseWith(localLimitsRequest, body, 'the limits'));
    return {};
  }

  @Post(LOCAL_ROUTES.leave)
  @HttpCode(200)
  async leave(): Promise<Record<string, never>> {
    await this.daemon.leaveAndEnd('a person asked for it');
    return {};
  }
}

const lines = (response: ServerResponse): LineSink => {
  response.setHeader('content-type', 'application/x-ndjson');
  return {
    write: (line) => void response.write(line),
    end: () => void response.end(),
    onClosed: (listener) => void response.once('close', listener),
  };
};
