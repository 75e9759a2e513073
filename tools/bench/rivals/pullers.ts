import { join } from 'node:path';
import type { Distribution, Task } from '../transfer/tool.js';
import { staying, untilEnded, type Talker } from './lines.js';

export interface Pull {
  readonly command: string;
  readonly args: readonly string[];
}

/** One server, and a command on each host that pulls from it and ends. */
export const pullers = (task: Task, server: Talker, pull: (output: string) => Pull): Distribution => {
  const clients = new Map<number, Talker>();
  return {
    control: [],
    processes: (host) => (host === 0 ? [server.pid] : [clients.get(host)?.pid ?? []].flat()),
    fetch: async (host) => {
      const { command, args } = pull(join(task.outputFolder(host), task.file.name));
      const where = task.hosts[host] as Task['hosts'][number];
      const client = staying(task.run, where, { name: `${task.label}-${host}`, command, args });
      clients.set(host, client);
      await untilEnded(client);
    },
    kill: (host) => void clients.get(host)?.process.stop(0),
    stop: async () => {
      await Promise.all([server, ...clients.values()].map(({ process }) => process.stop(0)));
    },
  };
};
