import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, openSync, closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ShoalError } from '#core';
import { tailOf } from './log-tail.js';
import { signal } from './process-table.js';

export interface SpawnRequest {
  /** Shown to people and used for the log's name: `server1/manifest`, `rabbitmq`. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** It says by itself when it is ready: `process.send({ ready: {...} })`. */
  readonly announces?: boolean;
  /** Wanted limit of open files; the hard limit of the system bounds it. */
  readonly openFiles?: number;
  /** Also gets each line of output, as it comes. */
  readonly onLine?: (name: string, line: string) => void;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const STOP_GRACE_MS = 3_000;
const READY_TIMEOUT_MS = 30_000;

/** `sh` raises the limit for what it turns into; `$0` and `$@` keep every argument as it is. */
const withOpenFiles = (request: SpawnRequest): { command: string; args: readonly string[] } => {
  const { command, args = [], openFiles } = request;
  if (openFiles === undefined) return { command, args };
  const raise = `ulimit -n ${openFiles} 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$0" "$@"`;
  return { command: '/bin/sh', args: ['-c', raise, command, ...args] };
};

/** One child process: the leader of its own process group, its output in a file. */
export class ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<ProcessEnd>;
  /** Everything that it wrote has been told to `onLine` and is in the log. */
  readonly outputEnded: Promise<void>;
  private readonly child: ChildProcess;
  private readonly announced: Promise<unknown>;

  /** @throws ShoalError `internal` when the command cannot be started at all */
  constructor(request: SpawnRequest, logFile: string) {
    this.name = request.name;
    this.logFile = logFile;
    const { child, written } = start(request, logFile);
    this.child = child;
    this.outputEnded = written;
    if (this.child.pid === undefined) {
      this.child.on('error', () => undefined);
      throw new ShoalError('internal', `${request.name}: ${request.command} cannot be started`);
    }
    this.pid = this.child.pid;
    this.exited = new Promise((resolve) =>
      this.child.once('exit', (code, name) => resolve({ code, signal: name })),
    );
    this.announced = announcementOf(this.child);
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /**
   * What the process announced. @throws ShoalError `internal` when it ends first, `timeout` when it takes too long; both
   * with the end of its log.
   */
  async ready(timeoutMs = READY_TIMEOUT_MS): Promise<unknown> {
    return await this.orFail(this.announced, timeoutMs);
  }

  /** The same for any sign of readiness. */
  async orFail<T>(sign: Promise<T>, timeoutMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(this.trouble('timeout', `was not ready after ${timeoutMs / 1_000} s`)),
        timeoutMs,
      );
    });
    const ended = this.exited.then((end) => {
      throw this.trouble('internal', `ended before it was ready (${end.signal ?? `exit ${end.code}`})`);
    });
    try {
      return await Promise.race([sign, late, ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  kill(name: NodeJS.Signals): boolean {
    return signal(this.pid, name);
  }

  /** SIGTERM, and SIGKILL for it and all that it left in its group when it takes longer than `graceMs` (0: at once). */
  async stop(graceMs = STOP_GRACE_MS): Promise<ProcessEnd> {
    if (!this.hasExited && graceMs > 0) {
      this.kill('SIGTERM');
      const timer = setTimeout(() => signal(-this.pid, 'SIGKILL'), graceMs);
      await this.exited;
      clearTimeout(timer);
    }
    signal(-this.pid, 'SIGKILL');
    return await this.exited;
  }

  private trouble(code: 'internal' | 'timeout', what: string): ShoalError {
    return new ShoalError(code, `${this.name} ${what}. The end of ${this.logFile}:\n${tailOf(this.logFile)}`);
  }
}

const start = (request: SpawnRequest, logFile: string): { child: ChildProcess; written: Promise<void> } => {
  const { command, args } = withOpenFiles(request);
  const log = openSync(logFile, 'a', 0o600);
  const output = request.onLine === undefined ? log : 'pipe';
  const child = spawn(command, args, {
    detached: true,
    cwd: request.cwd,
    env: { ...process.env, ...request.env },
    stdio: ['ignore', output, output, ...(request.announces === true ? (['ipc'] as const) : [])],
  });
  if (request.onLine !== undefined)
    return { child, written: copyLines(child, log, request.name, request.onLine) };
  closeSync(log);
  return { child, written: new Promise((resolve) => child.once('exit', () => resolve())) };
};

const copyLines = (
  child: ChildProcess,
  log: number,
  name: string,
  onLine: (name: string, line: string) => void,
): Promise<void> => {
  const file = createWriteStream('', { fd: log });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    stream.pipe(file, { end: false });
    createInterface({ input: stream }).on('line', (line) => onLine(name, line));
  }
  return new Promise((resolve) => child.once('close', () => file.end(() => resolve())));
};

const announcementOf = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'ready' in message) resolve(message.ready);
    });
  });
