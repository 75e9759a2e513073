import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processRef, isAlive, signal, type ProcessRef } from '../run/process-table.js';

/** Between two looks at whether processes have ended, and how long that may take, milliseconds. */
const LOOK_MS = 50;
const END_MS = 10_000;

/** What is mounted below a folder, the deepest first. @param table as /proc/mounts has it */
export const mountsBelow = (path: string, table = readFileSync('/proc/mounts', 'utf8')): string[] =>
  table
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((mount) => mount.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length);

/** Processes whose root this folder is: only its own servers have it. */
const processesIn = (path: string): ProcessRef[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && rootOf(name) === path)
    .map((name) => processRef(Number(name)))
    .filter((found) => found !== undefined);

/** Ends them and waits until they are gone. */
export const endProcessesIn = async (path: string): Promise<void> => {
  const found = processesIn(path);
  for (const { pid } of found) signal(pid, 'SIGKILL');
  for (let waited = 0; found.some(isAlive) && waited < END_MS; waited += LOOK_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
};

const rootOf = (pid: string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/root`);
  } catch {
    return undefined;
  }
};
