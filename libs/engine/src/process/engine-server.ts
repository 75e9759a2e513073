import { asShoalError } from '#core';
import type { EngineControl, EngineEvent, EngineReady, EngineSettings } from '../control.js';
import { EventBatch } from './event-batch.js';
import { ENGINE_METHODS, type FromEngine, type ToEngine } from './ipc.js';

export interface StartableEngine extends EngineControl {
  start(): Promise<EngineReady>;
}
export type EngineMaker = (settings: EngineSettings, emit: (event: EngineEvent) => void) => StartableEngine;

/** The engine's end of the process border: runs commands, sends replies and batches of events. */
export class EngineServer {
  private engine: StartableEngine | undefined;
  private readonly batch: EventBatch;

  constructor(
    private readonly make: EngineMaker,
    private readonly send: (message: FromEngine) => void,
    /** The engine has stopped, or could not start. */
    private readonly ended: () => void,
  ) {
    this.batch = new EventBatch((events) => this.send({ kind: 'events', events }));
  }

  async receive(message: ToEngine): Promise<void> {
    switch (message.kind) {
      case 'start':
        return this.start(message.settings);
      case 'call':
        return this.call(message);
    }
  }

  async stop(): Promise<void> {
    try {
      await this.engine?.stop();
      this.batch.flush();
    } finally {
      this.ended();
    }
  }

  private async start(settings: EngineSettings): Promise<void> {
    if (this.engine !== undefined) return;
    try {
      this.engine = this.make(settings, (event) => this.batch.add(event));
      const ready = await this.engine.start();
      this.send({ kind: 'ready', ready });
    } catch (error) {
      this.send({ kind: 'failed', error: asShoalError(error).toJSON() });
      this.ended();
    }
  }

  private async call({ id, method, args }: Extract<ToEngine, { kind: 'call' }>): Promise<void> {
    try {
      const value = await this.run(method, args);
      this.batch.flush();
      this.send({ kind: 'reply', id, value });
    } catch (error) {
      this.batch.flush();
      this.send({ kind: 'refusal', id, error: asShoalError(error).toJSON() });
    }
    if (method === 'stop') this.ended();
  }

  private async run(method: (typeof ENGINE_METHODS)[number], args: readonly unknown[]): Promise<unknown> {
    if (this.engine === undefined || !ENGINE_METHODS.includes(method))
      throw new Error(`cannot run ${method}`);
    const action = this.engine[method] as (...values: readonly unknown[]) => Promise<unknown>;
    return action.apply(this.engine, [...args]);
  }
}
