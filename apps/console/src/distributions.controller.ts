import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  Sse,
} from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Observable } from 'rxjs';
import type { DistributionStatus, ReplyBody } from '#contracts';
import { distributionEvents } from './distribution-events.js';
import { Distributions, type Query as Words } from './distributions.js';
import { FactHub } from './fact-hub.js';

/** Distributions over HTTP: the same door as the queue's. */
@Controller('distributions')
export class DistributionsController {
  constructor(
    @Inject(Distributions) private readonly distributions: Distributions,
    @Inject(FactHub) private readonly hub: FactHub,
  ) {}

  /** 201 for a new one, 200 when the key made it before. */
  @Post()
  async create(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ReplyBody<'transfer.download'>> {
    const reply = await this.distributions.create(body, key);
    response.statusCode = reply.created ? 201 : 200;
    response.setHeader('location', `/distributions/${reply.distributionId}`);
    return reply;
  }

  @Get()
  list(@Query() query: Words): Promise<ReplyBody<'transfer.list'>> {
    return this.distributions.list(query);
  }

  @Get(':id')
  status(@Param('id') id: string, @Query() query: Words): Promise<DistributionStatus> {
    return this.distributions.status(id, query);
  }

  @Sse(':id/events')
  events(@Param('id') id: string): Promise<Observable<MessageEvent>> {
    return distributionEvents(id, this.distributions, this.hub);
  }

  @Delete(':id')
  cancel(@Param('id') id: string, @Query() query: Words): Promise<ReplyBody<'transfer.cancel'>> {
    return this.distributions.cancel(id, query);
  }

  @Post(':id/retry')
  @HttpCode(200)
  retry(@Param('id') id: string): Promise<ReplyBody<'transfer.retry'>> {
    return this.distributions.retry(id);
  }
}
