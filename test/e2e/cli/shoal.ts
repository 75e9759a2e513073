import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { bundled } from '../../../tools/run/project.js';

export interface ShoalEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type JsonLine = Readonly<Record<string, unknown>>;

/** A `shoal` that runs: its output as it comes, and its end. */
export interface RunningShoal {
  readonly child: ChildProcess;
  readonly end: Promise<ShoalEnd>;
  /** Resolves with the first line that matches, those before included. Rejects when the command ends without one. */
  line(pattern: RegExp): Promise<string>;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export const startShoal = (args: readonly string[], { env, cwd }: Surroundings): RunningShoal => {
  const child = spawn(process.execPath, [bundled('cli'), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const watch of [...watchers]) watch();
  });
  const end = new Promise<ShoalEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: lines.join('\n'), stderr }));
  });
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        const found = lines.find((one) => pattern.test(one));
        if (found === undefined) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
      void end.then(({ code }) =>
        reject(new Error(`no line ${pattern}; ended with ${code}: ${lines.join('\n')}${stderr}`)),
      );
    });
  return { child, end, line };
};

export const shoal = (args: readonly string[], around: Surroundings): Promise<ShoalEnd> =>
  startShoal(args, around).end;

/** The lines of a `--json` run. @throws what the command said when it did not end with 0 */
export const shoalJson = async (args: readonly string[], around: Surroundings): Promise<JsonLine[]> => {
  const { code, stdout, stderr } = await shoal([...args, '--json'], around);
  if (code !== 0) throw new Error(`shoal ${args.join(' ')} ended with ${code}: ${stderr}`);
  const texts = stdout.split('\n').filter((line) => line !== '');
  return texts.map((line) => JSON.parse(line) as JsonLine);
};

export const eventOf = (lines: readonly JsonLine[], event: string): JsonLine => {
  const found = lines.find((line) => line['event'] === event);
  if (found === undefined) throw new Error(`no ${event} in ${JSON.stringify(lines)}`);
  return found;
};

/** Asks again until it is so. @throws after `ms` with the last answer */
export const until = async <T>(
  ask: () => Promise<T> | T,
  isSo: (answer: T) => boolean,
  ms = 10_000,
): Promise<T> => {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not so after ${ms} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
