import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { ShoalError } from '#core';
import { parseFileRef, type DownloadCommand, type LocalEvent, type localGetRequest } from '#contracts';
import type { DownloadDone } from './download-run.js';
import type { Downloads } from './downloads.js';
import type { Roots } from './roots.js';

/** Where a download puts its file: where a person on this machine asked, or where a command asked. */
export class Delivery {
  constructor(
    private readonly downloads: Downloads,
    private readonly roots: Roots,
    private readonly takesCommands: boolean,
  ) {}

  /** @throws ShoalError */
  async forPerson(
    wish: z.output<typeof localGetRequest>,
    tell: (event: LocalEvent) => void,
    signal: AbortSignal,
  ): Promise<DownloadDone> {
    const { force, maxDownRate, timeoutMs, chunkFiles } = wish;
    const target = await (chunkFiles === undefined
      ? this.roots.allow(wish.output)
      : this.roots.allowFolder(wish.output));
    const only = wish.only?.map(([start, end]) => ({ start, end }));
    const file = parseFileRef(wish.file);
    const order = { file, target: async () => target, force, only, chunkFiles, maxDownRate, timeoutMs };
    return this.downloads.run(order, tell, signal);
  }

  /** @throws ShoalError; `not-allowed` when this peer takes no orders */
  async forCommand(
    command: DownloadCommand,
    tell: (event: LocalEvent) => void,
    signal: AbortSignal,
  ): Promise<DownloadDone> {
    if (!this.takesCommands) {
      throw new ShoalError('not-allowed', 'this peer takes no orders from others', {
        hint: 'It was started by a person for one download. Name a peer that runs as a daemon.',
      });
    }
    const { fileId, force, maxDownRate, priority } = command;
    const target = (): Promise<string> => this.commandTarget(command);
    const order = { file: { fileId }, target, force, maxDownRate, priority, patient: true };
    return this.downloads.run(order, tell, signal);
  }

  /** Below the first root; the folder is made. Its path was checked to be relative and without `..`. */
  private async commandTarget(command: DownloadCommand): Promise<string> {
    const folder = join(this.roots.first, command.folder ?? '.');
    await mkdir(folder, { recursive: true });
    return this.roots.allow(join(folder, command.saveAs ?? command.name));
  }
}
