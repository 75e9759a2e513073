import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessRef {
  readonly pid: number;
  /** Opaque. The same pid with another start is another process. */
  readonly startedAt: string;
}

/** Where pids mean something: another boot or another container has other processes under the same numbers. */
export interface Machine {
  readonly boot: string;
  readonly pidNamespace: string;
}

const orEmpty = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

export const thisMachine = (): Machine => ({
  boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  pidNamespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
});

/** proc(5): after the name in brackets come state (field 3) ... starttime (field 22). */
const STATE = 0;
const START_TIME = 19;

const fromProc = (pid: number): string => {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STATE] === 'Z' ? '' : (fields[START_TIME] ?? '');
};

const fromPs = (pid: number): string => {
  const line = orEmpty(() =>
    execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  return line.startsWith('Z') ? '' : line.slice(line.indexOf(' ') + 1);
};

/** The process that now has this pid; undefined when there is none or it has ended and only waits for its parent. */
export const processRef = (pid: number): ProcessRef | undefined => {
  const startedAt = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  return startedAt === '' ? undefined : { pid, startedAt };
};

export const isAlive = (ref: ProcessRef): boolean => processRef(ref.pid)?.startedAt === ref.startedAt;

/**
 * Pids of this user's processes whose environment has `NAME=value`; empty where the system does not show environments.
 * A child inherits it from its parent however far it moves away (own session, own group, parent dead).
 */
export const pidsWithEnvironment = (name: string, value: string): number[] => {
  const pids = orEmpty(() => readdirSync('/proc').join(' ')).split(' ');
  const wanted = `${name}=${value}`;
  return pids
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) =>
      orEmpty(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
        .split('\0')
        .includes(wanted),
    )
    .map(Number);
};

/** False when there is no such process or it is somebody else's. A negative pid is a process group. */
export const signal = (pid: number, name: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};
