import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemFolders } from '../../services/binaries.js';

/** Path of an installed command, servers in `sbin` included. */
export const pathOf = (command: string): string | undefined =>
  systemFolders()
    .path.map((folder) => join(folder, command))
    .find((path) => existsSync(path));

/** Why the command cannot be used; undefined when it can. */
export const whyNoCommand = (command: string, debianPackage: string): string | undefined =>
  pathOf(command) === undefined ? `${command} is not installed (Debian: ${debianPackage})` : undefined;
