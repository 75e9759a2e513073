import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { untilTrue } from '../transfer/until.js';
import type { Task, Tool } from '../transfer/tool.js';
import { whyNoCommand } from './commands-there.js';
import { pullers } from './pullers.js';
import { Talker } from './lines.js';
import { listens } from './listens.js';

const PORT = 8_730;

const settings = ({ file, scratch, hosts }: Task): string =>
  [
    'use chroot = no',
    `port = ${PORT}`,
    `address = ${hosts[0]?.address}`,
    `uid = ${process.getuid?.() ?? 0}`,
    `gid = ${process.getgid?.() ?? 0}`,
    `pid file = ${join(scratch, 'rsyncd.pid')}`,
    `lock file = ${join(scratch, 'rsyncd.lock')}`,
    '[files]',
    `path = ${file.folder}`,
    'read only = yes',
    '',
  ].join('\n');

/** An rsync daemon; every host pulls from it, whole files, nothing is compared. */
export const rsync: Tool = {
  name: 'rsync',
  missing: () => whyNoCommand('rsync', 'rsync'),
  start: async (task) => {
    const config = join(task.scratch, 'rsyncd.conf');
    await writeFile(config, settings(task));
    const first = task.hosts[0] as Task['hosts'][number];
    const args = ['--daemon', '--no-detach', `--config=${config}`];
    const server = new Talker(task.run, first, { name: `${task.label}-0`, command: 'rsync', args });
    await untilTrue(() => listens(first.address, PORT), 'the rsync daemon');
    const url = `rsync://${first.address}:${PORT}/files/${task.file.name}`;
    return pullers(task, server, (output) => ({ command: 'rsync', args: ['-W', '--inplace', url, output] }));
  },
};
