import { describe, expect, it, jest } from '@jest/globals';
import { ShoalError, type FileId } from '#core';
import type { EngineEvent, EngineReady, EngineSettings } from '../control.js';
import { EngineClient } from './engine-client.js';
import { EngineServer, type StartableEngine } from './engine-server.js';

const READY: EngineReady = { pid: 7, port: 4_000, holdings: [] };
const FILE = 'ab'.repeat(32) as FileId;
const SETTINGS = { name: 'one' } as EngineSettings;

/** Both ends of the process border in one process; every message is copied, as the channel does. */
const border = (engine: Partial<StartableEngine>) => {
  const heard: unknown[] = [];
  const ended = jest.fn();
  let emit: (event: EngineEvent) => void = () => undefined;
  const server = new EngineServer(
    (settings, tell) => {
      heard.push(settings);
      emit = tell;
      return engine as StartableEngine;
    },
    (message) => client.receive(structuredClone(message)),
    ended,
  );
  const client: EngineClient = new EngineClient((message) => void server.receive(structuredClone(message)), {
    ready: (ready) => heard.push(ready),
    failed: (error) => heard.push(error),
    event: (event) => heard.push(event),
  });
  return { server, client, heard, ended, emit: (event: EngineEvent) => emit(event) };
};

describe('the border between control plane and engine', () => {
  it('carries settings in, and what is on the disk out', async () => {
    const { server, heard } = border({ start: async () => READY });
    await server.receive({ kind: 'start', settings: SETTINGS });
    expect(heard).toEqual([SETTINGS, READY]);
  });

  it('says why an engine cannot start, and ends', async () => {
    const { server, heard, ended } = border({
      start: () => Promise.reject(new ShoalError('data-folder-in-use', 'by 12')),
    });
    await server.receive({ kind: 'start', settings: SETTINGS });
    expect(heard[1]).toMatchObject({ code: 'data-folder-in-use', message: 'by 12' });
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('carries calls, results and errors with their code', async () => {
    const forgotten: unknown[] = [];
    const { server, client } = border({
      start: async () => READY,
      progress: async () => [],
      forget: async (fileId) => void forgotten.push(fileId),
      cancelDownload: () => Promise.reject(new ShoalError('not-found', 'no such', { retry: 'transient' })),
    });
    await server.receive({ kind: 'start', settings: SETTINGS });
    const all = [
      client.progress(),
      client.forget(FILE),
      client.cancelDownload(FILE, true).catch((e: unknown) => e),
    ];
    expect(await Promise.all(all)).toEqual([[], undefined, expect.any(ShoalError)]);
    expect(await all[2]).toMatchObject({ code: 'not-found', retry: 'transient' });
    expect(forgotten).toEqual([FILE]);
  });

  it('never lets a reply overtake an event that came before it', async () => {
    const held: EngineEvent = { kind: 'held', fileId: FILE, chunkCount: 2, ranges: [{ start: 0, end: 2 }] };
    const { server, client, heard, emit } = border({
      start: async () => READY,
      forget: async () => {
        emit(held);
        emit({ kind: 'progress', downloads: [] });
      },
    });
    await server.receive({ kind: 'start', settings: SETTINGS });
    await client.forget(FILE).then(() => heard.push('reply'));
    expect(heard.slice(2)).toEqual([held, { kind: 'progress', downloads: [] }, 'reply']);
  });

  it('rejects what is open, and what comes later, when the process is gone', async () => {
    const { server, client } = border({
      start: async () => READY,
      progress: () => new Promise(() => undefined),
    });
    await server.receive({ kind: 'start', settings: SETTINGS });
    const open = client.progress();
    client.close(new ShoalError('engine-down', 'gone', { retry: 'transient' }));
    await expect(open).rejects.toMatchObject({ code: 'engine-down' });
    await expect(client.holdings()).rejects.toMatchObject({ code: 'engine-down' });
  });

  it('runs nothing that is not a command', async () => {
    const { server, client } = border({ start: async () => READY });
    await server.receive({ kind: 'start', settings: SETTINGS });
    const call = client as unknown as { call(method: string): Promise<unknown> };
    await expect(call.call('constructor')).rejects.toMatchObject({ code: 'internal' });
  });

  it('ends once it has stopped', async () => {
    const { server, client, ended } = border({ start: async () => READY, stop: async () => undefined });
    await server.receive({ kind: 'start', settings: SETTINGS });
    await client.stop();
    expect(ended).toHaveBeenCalledTimes(1);
  });
});
