import { readFileSync } from 'node:fs';

/** What a process has asked of the kernel since it started: files, sockets and pipes together (proc(5), `io`). */
export interface ProcessIo {
  readonly read: number;
  readonly written: number;
}

export const ioOf = (pid: number): ProcessIo => {
  const text = readFileSync(`/proc/${pid}/io`, 'utf8');
  const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
  return { read: count('rchar'), written: count('wchar') };
};
