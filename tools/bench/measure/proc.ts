import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** USER_HZ: what proc(5) counts in, 100 on every Linux that Node runs on. */
const TICKS = 100;
const PF_KTHREAD = 0x0020_0000;

/** proc(5), counted from the state, which follows the name in brackets. */
const PARENT = 1;
const FLAGS = 6;
const USER = 11;
const SYSTEM = 12;
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

const fieldsOf = (pid: number): readonly string[] | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
};

const seconds = (fields: readonly string[] | undefined, ...columns: readonly number[]): number =>
  fields === undefined ? 0 : columns.reduce((sum, column) => sum + Number(fields[column]), 0) / TICKS;

const allPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** These processes and all below them that are alive. */
export const treeOf = (roots: readonly number[]): number[] => {
  const children = new Map<number, number[]>();
  for (const pid of allPids()) {
    const parent = Number(fieldsOf(pid)?.[PARENT] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = new Set<number>();
  const queue = [...roots];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    if (found.has(pid)) continue;
    found.add(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return [...found];
};

/** CPU seconds, user and system, of these processes and of all that ended below them and were waited for. */
export const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + seconds(fieldsOf(pid), USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM), 0);

/** CPU seconds of the kernel's own threads. */
export const kernelCpu = (): number =>
  allPids()
    .map(fieldsOf)
    .filter((fields) => fields !== undefined && (Number(fields[FLAGS]) & PF_KTHREAD) !== 0)
    .reduce((sum, fields) => sum + seconds(fields, USER, SYSTEM), 0);

/** Seconds of all CPUs together that were not idle; what the hypervisor gave to others counts, too. */
export const busyCpu = (): number => {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] as string;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
};

export const CPUS = availableParallelism();

/** Largest resident memory that the process ever had, bytes; 0 when it is gone. */
export const peakMemoryOf = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
};

/** False where there is no proc(5) to measure by. */
export const canMeasure = (): boolean => process.platform === 'linux';
