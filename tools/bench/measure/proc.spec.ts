import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canMeasure, cpuOf, peakMemoryOf, treeOf } from './proc.js';
import { MeasureWindow } from './window.js';

const BURN = 'const end = Date.now() + 150; while (Date.now() < end);';

/** A shell that waits for a child which takes CPU, says so, and stays. */
const startTree = async (): Promise<ChildProcess> => {
  const script = `"$0" -e "${BURN}"; echo burnt; exec sleep 60`;
  const child = spawn('/bin/sh', ['-c', script, process.execPath], { stdio: ['ignore', 'pipe', 'ignore'] });
  return child;
};

const whenMeasured = canMeasure() ? describe : describe.skip;

whenMeasured('measuring processes', () => {
  let child: ChildProcess;
  beforeEach(async () => void (child = await startTree()));
  afterEach(() => void child.kill('SIGKILL'));

  it('finds what runs below a process', () => {
    expect(treeOf([process.pid])).toEqual(expect.arrayContaining([process.pid, child.pid]));
    expect(treeOf([child.pid as number])).not.toContain(process.pid);
  });

  it('counts the CPU of what has ended below a process', async () => {
    const window = new MeasureWindow({ tree: () => [child.pid as number], gone: () => [0x7fff_fffe] });
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    const { use } = window.close();
    expect(use['tree']?.cpu).toBeGreaterThan(0);
    expect(use['tree']?.peakMemory).toBeGreaterThan(0);
    expect(use['gone']).toEqual({ cpu: 0, peakMemory: 0 });
  });

  it('has nothing to say about a process that is gone', () => {
    expect(cpuOf([0x7fff_fffe])).toBe(0);
    expect(peakMemoryOf(0x7fff_fffe)).toBe(0);
  });
});
