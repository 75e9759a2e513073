import { Module, type DynamicModule } from '@nestjs/common';
import type { Broker } from '#platform';
import { ConsoleController, NETWORK_ID } from './console.controller.js';
import { NetworkView } from './network-view.js';

@Module({})
export class ConsoleModule {
  static with(broker: Broker, networkId: string): DynamicModule {
    return {
      module: ConsoleModule,
      controllers: [ConsoleController],
      providers: [
        { provide: NetworkView, useFactory: () => new NetworkView(broker) },
        { provide: NETWORK_ID, useValue: networkId },
      ],
    };
  }
}
