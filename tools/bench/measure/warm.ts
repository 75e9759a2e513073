import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { GIB, MIB } from '#core';

/** Far more than any machine has memory; a file of holes takes no disk. */
const HOLES_BYTES = 400 * GIB;
const BLOCK = 4 * MIB;
/** Free memory that is left alone. */
const KEEP_FREE = 450 * MIB;

const freeMemory = async (): Promise<number> => {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemFree:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1_024;
};

/**
 * Brings the machine to the state of one whose memory is in use, by filling what is free with page cache that can be
 * dropped at any time. A virtual machine hands free pages back to its host; the next writer then pays for getting them
 * again, several times what writing costs, and every comparison would measure the hypervisor.
 */
export class Warmer {
  private offset = 0;
  private readonly block = Buffer.alloc(BLOCK);

  /** @param file a file of holes for this alone, made when it is not there */
  constructor(private readonly file: string) {}

  /** Fills free memory, then reads `files` so that they come from memory. */
  async warm(files: readonly string[], stopped: AbortSignal): Promise<void> {
    await writeFile(this.file, '', { flag: 'a', mode: 0o600 });
    await truncate(this.file, HOLES_BYTES);
    await this.fill(stopped);
    for (const path of files) await this.readAll(path, stopped);
  }

  private async fill(stopped: AbortSignal): Promise<void> {
    const file = await open(this.file, 'r');
    try {
      for (let left = (await freeMemory()) - KEEP_FREE; left > 0 && !stopped.aborted; left -= BLOCK) {
        if (this.offset + BLOCK > HOLES_BYTES) this.offset = 0;
        await file.read(this.block, 0, BLOCK, this.offset);
        this.offset += BLOCK;
      }
    } finally {
      await file.close();
    }
  }

  private async readAll(path: string, stopped: AbortSignal): Promise<void> {
    const file = await open(path, 'r');
    try {
      while (!stopped.aborted && (await file.read(this.block, 0, BLOCK, null)).bytesRead > 0);
    } finally {
      await file.close();
    }
  }
}
