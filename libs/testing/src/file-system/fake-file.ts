import type { FileDetails, OpenFile } from '#engine';
import type { FakeDisk, FakeFileNode, FakeNode } from './fake-disk.js';
import type { Faults } from './faults.js';
import { systemError } from './system-error.js';

/** An open file of FakeFileSystem; it goes on working after its name is gone. */
export class FakeFile implements OpenFile {
  private open = true;

  constructor(
    private readonly path: string,
    private readonly node: FakeNode,
    private readonly faults: Faults,
    private readonly disk: FakeDisk,
    private readonly details: { own(): FileDetails; ofPath(): FileDetails },
  ) {}

  async stat(): Promise<FileDetails> {
    return this.faults.run('stat', this.path, () => {
      this.file(true);
      return this.details.own();
    });
  }

  async statPath(): Promise<FileDetails> {
    return this.faults.run('stat', this.path, () => this.details.ofPath());
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.faults.run('read', this.path, () => this.file().content.read(into, position));
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    return this.faults.run('write', this.path, () => {
      this.file().content.write(bytes, position);
      this.file().modified = this.disk.tick();
    });
  }

  async truncate(size: number): Promise<void> {
    return this.faults.run('truncate', this.path, () => {
      this.file().content.truncate(size);
      this.file().modified = this.disk.tick();
    });
  }

  async datasync(): Promise<void> {
    return this.sync();
  }

  /** A failed one loses what was not on the disk yet, as Linux does. */
  async sync(): Promise<void> {
    try {
      await this.faults.run('sync', this.path, () => this.file().content.sync());
    } catch (error) {
      if (this.node.kind === 'file' && !this.faults.isDark) this.node.content.failSync();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.open = false;
  }

  private file(anyKind = false): FakeFileNode {
    if (!this.open) throw systemError('EBADF', this.path);
    if (this.node.kind !== 'file' && !anyKind) throw systemError('EISDIR', this.path);
    return this.node as FakeFileNode;
  }
}
