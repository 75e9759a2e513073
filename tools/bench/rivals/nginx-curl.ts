import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task, Tool } from '../transfer/tool.js';
import { untilTrue } from '../transfer/until.js';
import { pathOf, whyNoCommand } from './commands-there.js';
import { Talker } from './lines.js';
import { listens } from './listens.js';
import { pullers } from './pullers.js';

const PORT = 8_080;
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const settings = ({ file, scratch, hosts }: Task): string => `
daemon off;
user root;
worker_processes 2;
pid ${join(scratch, 'nginx.pid')};
error_log ${join(scratch, 'nginx.log')};
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  sendfile_max_chunk 2m;
  tcp_nopush on;
  ${TEMPORARY.map((name) => `${name}_temp_path ${scratch};`).join('\n  ')}
  server { listen ${hosts[0]?.address}:${PORT}; root ${file.folder}; }
}
`;

/** What a download by hand is: curl, then a digest over the whole file. */
const SCRIPT = 'curl -s -f -o "$1" "$2" && openssl dgst -sha256 "$1" | grep -q "$3"';

/** One web server for all; what people do without a swarm. */
export const nginxCurl: Tool = {
  name: 'nginx+curl+sha256',
  missing: () =>
    whyNoCommand('nginx', 'nginx-light') ??
    whyNoCommand('curl', 'curl') ??
    whyNoCommand('openssl', 'openssl'),
  start: async (task) => {
    const config = join(task.scratch, 'nginx.conf');
    await writeFile(config, settings(task));
    const first = task.hosts[0] as Task['hosts'][number];
    const server = new Talker(task.run, first, {
      name: `${task.label}-0`,
      command: pathOf('nginx') as string,
      args: ['-c', config, '-p', task.scratch],
    });
    await untilTrue(() => listens(first.address, PORT), 'nginx');
    const url = `http://${first.address}:${PORT}/${task.file.name}`;
    return pullers(task, server, (output) => ({
      command: '/bin/sh',
      args: ['-c', SCRIPT, 'sh', output, url, task.file.sha256],
    }));
  },
};
