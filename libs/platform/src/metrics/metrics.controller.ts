import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Metrics } from './metrics.js';

/** `/metrics`, for Prometheus and what reads its format. */
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  @Get()
  async read(@Res() response: ServerResponse): Promise<void> {
    const text = await this.metrics.text();
    response.setHeader('content-type', this.metrics.contentType);
    response.end(text);
  }
}
