import { Module, type DynamicModule } from '@nestjs/common';
import type { PeerDaemon } from './daemon.js';
import { DAEMON, LocalApiController } from './local-api.controller.js';
import { LocalVerbsController } from './local-verbs.controller.js';

/** Wires the control socket to a daemon that exists already. */
@Module({})
export class PeerModule {
  static for(daemon: PeerDaemon): DynamicModule {
    return {
      module: PeerModule,
      controllers: [LocalApiController, LocalVerbsController],
      providers: [{ provide: DAEMON, useValue: daemon }],
    };
  }
}
