import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ShoalError } from '#core';

/** Where a peer keeps what it must remember; for its user only. */
export class DataFolder {
  readonly keyFile: string;
  readonly incarnationFile: string;
  /** What is known of the names of held files. */
  readonly namesFile: string;
  readonly commandsFolder: string;
  readonly controlSocket: string;
  readonly logFolder: string;
  /** What others placed here. */
  readonly placedFolder: string;

  constructor(readonly path: string) {
    this.keyFile = join(path, 'key.pem');
    this.incarnationFile = join(path, 'incarnation');
    this.namesFile = join(path, 'names.json');
    this.commandsFolder = join(path, 'commands');
    this.placedFolder = join(path, 'placed');
    this.controlSocket = join(path, 'control.sock');
    this.logFolder = join(path, 'logs');
  }

  /** @throws ShoalError `bad-config` */
  async create(): Promise<void> {
    const bytes = Buffer.byteLength(this.controlSocket);
    if (bytes > SOCKET_PATH_MAX) {
      throw new ShoalError(
        'bad-config',
        `the path of the control socket has ${bytes} bytes: ${this.controlSocket}`,
        {
          hint: `Unix sockets take ${SOCKET_PATH_MAX}; set PEER_DATA to a shorter folder.`,
        },
      );
    }
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new ShoalError(
        'bad-config',
        `the data folder ${this.path} cannot be made: ${(error as Error).message}`,
        {
          hint: 'Set PEER_DATA (--data) to a folder that this user may write.',
          cause: error,
        },
      );
    }
  }

  /** Removes the socket of a process that is gone; call it only while the data folder is locked. */
  async removeStaleSocket(): Promise<void> {
    await rm(this.controlSocket, { force: true });
  }
}

/** `sun_path` of Linux has 108 bytes with its closing NUL. */
const SOCKET_PATH_MAX = 107;
