import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import type { ReplyBody } from '#contracts';
import { NetworkView } from './network-view.js';
import { renderPage } from './page.js';

export const NETWORK_ID = Symbol('network id');

/** The page, and what it shows as JSON. Nothing here changes anything. */
@Controller()
export class ConsoleController {
  constructor(
    @Inject(NetworkView) private readonly view: NetworkView,
    @Inject(NETWORK_ID) private readonly networkId: string,
  ) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  async page(): Promise<string> {
    return renderPage({ networkId: this.networkId, ...(await this.view.overview()) });
  }

  @Get('peers')
  peers(): Promise<ReplyBody<'connection.peers'>> {
    return this.view.peers();
  }

  @Get('files')
  files(@Query('pattern') pattern?: string): Promise<ReplyBody<'manifest.search'>> {
    return this.view.files(typeof pattern === 'string' && pattern !== '' ? pattern : '*');
  }

  @Get('files/:file')
  file(@Param('file') file: string): Promise<ReplyBody<'manifest.get'>> {
    return this.view.file(file);
  }
}
