import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ShoalError } from '#core';

/**
 * Runs lines of shell, up to the first that fails.
 * @throws ShoalError `internal` with what it said
 */
export const runLines = async (lines: readonly string[], what: string): Promise<string> => {
  const child = spawn('/bin/sh', ['-e'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${lines.join('\n')}\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return output;
  throw new ShoalError(
    'internal',
    `${what}: ${errors.trim().split('\n').slice(-3).join('; ') || `exit ${code}`}`,
  );
};
