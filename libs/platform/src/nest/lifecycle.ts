import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

/** Something that runs between `start` and `stop`. */
export interface Startable {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

/**
 * Starts its parts in order when the app initialises, before the first message is taken, and stops them in reverse order
 * after the last one is settled.
 */
export class Lifecycle implements OnModuleInit, OnApplicationShutdown {
  private readonly started: Startable[] = [];

  constructor(private readonly parts: readonly Startable[]) {}

  async onModuleInit(): Promise<void> {
    for (const part of this.parts) {
      await part.start();
      this.started.unshift(part);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    for (const part of this.started.splice(0)) await part.stop();
  }
}
