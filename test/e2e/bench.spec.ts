import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../../tools/run/project.js';

const TIMEOUT_MS = 180_000;

const bench = async (...words: readonly string[]): Promise<string> => {
  const entry = join(PROJECT_ROOT, 'tools', 'bootstrap.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [entry, 'bench', ...words]);
  return stdout;
};

describe('npm run bench', () => {
  it('says what it can measure', async () => {
    const help = await bench('--help');
    for (const name of ['flow', 'swarm', 'shaped', 'small', 'control', 'codec', 'picker']) {
      expect(help).toMatch(new RegExp(`^${name} `, 'm'));
    }
  });

  it(
    'measures with real processes and prints a figure a line',
    async () => {
      const only = ['--tools', 'shoal', '--cases', 'have,1000x50,plain', '--size', '16MiB'];
      const output = await bench('codec', 'picker', 'flow', '--quick', '--json', ...only);
      const lines = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const keys = ['bench', 'case', 'tool', 'metric', 'unit', 'median', 'min', 'max', 'runs'];
      for (const line of lines) {
        expect(Object.keys(line)).toEqual(keys);
        expect(line).toMatchObject({ tool: 'shoal', runs: 1 });
        expect(line['median']).toBeGreaterThanOrEqual(0);
      }
      const metrics = lines.map((line) => `${line['bench']} ${line['case']} ${line['metric']}`);
      expect(metrics).toEqual(
        expect.arrayContaining([
          'flow plain gib_per_s',
          'flow plain cpu_s_per_gib',
          'codec have decode_ns',
          'picker 1000x50 pick_ns',
        ]),
      );
    },
    TIMEOUT_MS,
  );
});
