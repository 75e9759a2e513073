import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { ShoalError } from '#core';
import { PROJECT_ROOT } from '../run/project.js';

/** One line of `shoal --json`. */
export type Line = Readonly<Record<string, unknown>>;

export interface ShoalResult {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly text: string;
  readonly errors: string;
}

export interface ShoalCall {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Called for each line of JSON as it comes. */
  readonly onLine?: (line: Line) => void;
}

/** Runs the command line as a person does. */
export const runShoal = async (args: readonly string[], call: ShoalCall): Promise<ShoalResult> => {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'bin', 'shoal.mjs'), ...args], {
    cwd: call.cwd,
    env: { ...process.env, ...call.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts: string[] = [];
  const lines: Line[] = [];
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  createInterface({ input: child.stdout }).on('line', (text) => {
    texts.push(text);
    const line = parsed(text);
    if (line === undefined) return;
    lines.push(line);
    call.onLine?.(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, lines, text: texts.join('\n'), errors };
};

/** @throws ShoalError `internal` with what the command said when it did not exit with 0 */
export const shoal = async (args: readonly string[], call: ShoalCall): Promise<ShoalResult> => {
  const result = await runShoal(args, call);
  if (result.code === 0) return result;
  throw new ShoalError(
    'internal',
    `shoal ${args.join(' ')} ended with ${result.code}: ${result.errors.trim() || result.text}`,
  );
};

const parsed = (text: string): Line | undefined => {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
};
