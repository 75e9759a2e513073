import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KIB, ShoalError } from '#core';
import { ControlClient } from '../../../../apps/cli/src/local/control-client.js';
import { PROJECT_ROOT } from '../../../run/project.js';
import { SHOAL, type Contender, type Measured } from '../../frame/port.js';
import { percentileOf } from '../../frame/statistics.js';
import { ForeignLoad } from '../../measure/foreign.js';
import { untilDone } from '../../shoal/shoal-tool.js';
import type { SmallPair } from './small-pair.js';

const percentiles = (times: readonly number[], load: ForeignLoad): Measured => ({
  figures: { p50_ms: percentileOf(times, 0.5), p99_ms: percentileOf(times, 0.99) },
  foreign: load.share(),
});

const contender = (name: string, run: () => Promise<Measured>): Contender => ({
  name,
  missing: () => undefined,
  prepare: async () => {},
  run,
  close: async () => {},
});

const timeOf = async (work: () => Promise<void>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

const requireSize = async (path: string, size: number): Promise<void> => {
  const { length } = await readFile(path);
  if (length !== size) throw new ShoalError('bad-size', `${path} has ${length} bytes instead of ${size}`);
};

/** A file each, one after the other; publishing them is not measured. */
export const byDaemon = (
  pair: SmallPair,
  { size, count }: { readonly size: number; readonly count: number },
): Contender =>
  contender(SHOAL, async () => {
    const { taker } = await pair.ready();
    const files = await pair.publish(size, count);
    const client = new ControlClient(taker.controlSocket);
    const load = new ForeignLoad();
    const times: number[] = [];
    for (const { name, output } of files) {
      times.push(await timeOf(async () => void (await untilDone(client.get({ file: name, output })))));
    }
    const measured = percentiles(times, load);
    for (const { output } of files) await requireSize(output, size);
    return measured;
  });

/** @throws ShoalError `internal` unless it exits with 0 */
const runCommand = async (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> => {
  const child = spawn(command, args, { stdio: 'ignore', env, cwd: PROJECT_ROOT });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new ShoalError('internal', `${command} ${args.join(' ')} ended with ${code}`);
};

/** `shoal get` with a daemon beside it. */
export const byCommandLine = (pair: SmallPair, count: number): Contender =>
  contender(SHOAL, async () => {
    const { taker } = await pair.ready();
    const files = await pair.publish(1, count);
    const env = { ...process.env, ...pair.net.network.cliEnvironment };
    const load = new ForeignLoad();
    const times: number[] = [];
    for (const { name, output } of files) {
      const words = ['get', name, '-o', output, '--peer', taker.controlSocket];
      times.push(
        await timeOf(() =>
          runCommand(process.execPath, [join(PROJECT_ROOT, 'bin', 'shoal.mjs'), ...words], env),
        ),
      );
    }
    const measured = percentiles(times, load);
    for (const { output } of files) await requireSize(output, 1);
    return measured;
  });

/** The least that any command written in Node costs. */
export const bareNode = (count: number): Contender =>
  contender('node -e 0', async () => {
    const load = new ForeignLoad();
    const times: number[] = [];
    for (let at = 0; at < count; at++)
      times.push(await timeOf(() => runCommand(process.execPath, ['-e', '0'])));
    return percentiles(times, load);
  });

const FILE_BYTES = 16 * KIB;

const fillFolder = async (folder: string, files: number): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (let at = 0; at < files; at++) await writeFile(join(folder, `file-${at}.bin`), randomBytes(FILE_BYTES));
};

/** A folder as one tree: published and fetched, on the disk at the end. */
export const folderAtOnce = (pair: SmallPair, files: number): Contender =>
  contender(SHOAL, async () => {
    const { giver, taker } = await pair.ready();
    const name = pair.newName('folder');
    const path = join(giver.roots[0] as string, name);
    const output = join(taker.roots[0] as string, name);
    await fillFolder(path, files);
    const load = new ForeignLoad();
    const milliseconds = await timeOf(async () => {
      await untilDone(new ControlClient(giver.controlSocket).publish({ path }));
      await untilDone(new ControlClient(taker.controlSocket).get({ file: name, output }));
    });
    const measured = { figures: { seconds: milliseconds / 1_000 }, foreign: load.share() };
    for (let at = 0; at < files; at++) await requireSize(join(output, `file-${at}.bin`), FILE_BYTES);
    return measured;
  });

export const copyFolder = (pair: SmallPair, files: number): Contender => {
  const source = (): string => pair.run.path('folder-source');
  return {
    ...contender('cp -r', async () => {
      const target = join(pair.run.folder, 'folder-copy');
      const load = new ForeignLoad();
      const milliseconds = await timeOf(() => runCommand('cp', ['-r', source(), target]));
      const measured = { figures: { seconds: milliseconds / 1_000 }, foreign: load.share() };
      await rm(target, { recursive: true });
      return measured;
    }),
    prepare: () => fillFolder(source(), files),
  };
};
