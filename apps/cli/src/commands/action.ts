import type { Command } from 'commander';
import type { Context } from '../context.js';
import type { ExitCode } from '../output/exit-codes.js';

/** Makes commander's action of a command: its own arguments without the last, and the context. */
export type Run = <Args extends unknown[]>(
  command: (...args: [...Args, Context]) => Promise<ExitCode | undefined>,
) => (...args: [...Args, Command]) => Promise<void>;
