import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ShoalError } from '#core';
import type { Stop } from '../run/command.js';
import { isAlive, processRef, type ProcessRef } from '../run/process-table.js';
import { runBase } from '../run/run-base.js';
import { installPackages, systemApt, whyNotInstall } from '../services/install.js';
import { endProcessesIn, mountsBelow } from './inside.js';
import { SERVERS, wrapperText } from './wrappers.js';

const RELEASE = 'trixie';
const PACKAGES = ['rabbitmq-server', 'redis-server'];
const MIRROR = 'http://deb.debian.org/debian';
/** Short and not below a run's folder: unix sockets of the tests lie below it, and their paths have 107 bytes. */
const PARENT = '/tmp';
const PREFIX = 'shoal13-';
const OWNER_FILE = 'owner.json';

const run = promisify(execFile);

/** Why this machine cannot have such a root; undefined when it can. */
export const whyNoRoot = (): string | undefined =>
  process.platform === 'linux' ? whyNotInstall() : 'it takes Linux';

/**
 * A Debian 13 in a folder, for its servers only. Nothing of this machine is mounted into it but proc. Inside, the folder's
 * own path is a link to `/`: what lies below it has the same path on both sides, so tests that keep their files there can
 * start the servers as if they were installed here.
 */
export class DebianRoot {
  private constructor(readonly path: string) {}

  /** @throws ShoalError `internal` with the end of debootstrap's output */
  static async make(say: (line: string) => void, stop: Stop): Promise<DebianRoot> {
    await installPackages(['debootstrap'], systemApt(runBase(), say));
    const root = new DebianRoot(mkdtempSync(join(PARENT, PREFIX)));
    try {
      writeFileSync(join(root.path, OWNER_FILE), JSON.stringify(processRef(process.pid)));
      say(`Installing ${PACKAGES.join(' and ')} of Debian 13 into ${root.path} (a minute or more).`);
      await stop.unlessStopped(bootstrap(root.path));
      await root.prepare();
      return root;
    } catch (error) {
      await root.remove();
      throw error;
    }
  }

  /** Programs that get this find the servers inside, and keep their temporary files there. */
  get environment(): Record<string, string> {
    return {
      TMPDIR: join(this.path, 'tmp'),
      SHOAL_SERVERS: this.wrappers,
      PATH: `${this.wrappers}:${process.env['PATH'] ?? ''}`,
    };
  }

  async versions(): Promise<[string, string][]> {
    const { stdout } = await run('chroot', [this.path, 'dpkg-query', '-W', ...PACKAGES]);
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t') as [string, string]);
  }

  /** Ends what runs inside, unmounts, and only then removes the folder. @throws ShoalError when something stays mounted */
  async remove(): Promise<void> {
    await removeRoot(this.path);
  }

  private get wrappers(): string {
    return join(this.path, 'wrappers');
  }

  private async prepare(): Promise<void> {
    // The scripts of packages may leave an epmd.
    await endProcessesIn(this.path);
    if (mountsBelow(this.path).length === 0)
      await run('mount', ['-t', 'proc', 'proc', join(this.path, 'proc')]);
    mkdirSync(dirname(join(this.path, this.path)), { recursive: true });
    symlinkSync('/', join(this.path, this.path));
    writeFileSync(join(this.path, 'etc', 'hosts'), `127.0.0.1 localhost ${hostname()}\n`);
    mkdirSync(this.wrappers);
    for (const [name, program] of Object.entries(SERVERS)) {
      writeFileSync(join(this.wrappers, name), wrapperText(this.path, program));
      chmodSync(join(this.wrappers, name), 0o755);
    }
  }
}

/** Folders of runs that were killed. */
export const removeAbandonedRoots = async (): Promise<void> => {
  for (const name of await readdir(PARENT)) {
    const path = join(PARENT, name);
    if (name.startsWith(PREFIX) && isAbandoned(path)) await removeRoot(path);
  }
};

const isAbandoned = (path: string): boolean => {
  try {
    return !isAlive(JSON.parse(readFileSync(join(path, OWNER_FILE), 'utf8')) as ProcessRef);
  } catch {
    return false;
  }
};

const bootstrap = (path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, RELEASE, path];
    const mirror = process.env['DEBIAN_MIRROR'] ?? MIRROR;
    const child = spawn('debootstrap', [...args, mirror], { stdio: ['ignore', 'pipe', 'pipe'] });
    let last = '';
    const keep = (data: Buffer): void => void (last = (last + data.toString()).slice(-2_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new ShoalError('internal', `debootstrap failed:\n${last}`)),
    );
  });

const removeRoot = async (path: string): Promise<void> => {
  await endProcessesIn(path);
  for (const mount of mountsBelow(path)) execFileSync('umount', [mount]);
  const left = mountsBelow(path);
  if (left.length > 0)
    throw new ShoalError('internal', `${path} is not removed: ${left.join(', ')} is still mounted`);
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true });
  rmSync(path, { recursive: true, force: true });
};
