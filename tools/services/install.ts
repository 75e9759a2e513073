import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShoalError } from '#core';
import { pidsWithEnvironment, signal } from '../run/process-table.js';
import { withFileLock } from '../run/file-lock.js';

/** Debian's hook that says whether a package may start its service: exit 101 is "no". */
export const POLICY_FILE = '/usr/sbin/policy-rc.d';
const MARK = '# written by shoal while it installs servers';
const POLICY = `#!/bin/sh\n${MARK}\nexit 101\n`;
const LOCK_WAIT_S = 300;
/** Whatever a package's scripts leave running (an epmd, say) has this in its environment. */
const INSTALL_TAG = 'SHOAL_INSTALL';

export interface AptEnvironment {
  readonly aptGet: string;
  readonly policyFile: string;
  readonly lockFile: string;
  readonly say: (line: string) => void;
}

/** Why servers cannot be installed from here; undefined when they can. */
export const whyNotInstall = (
  env: NodeJS.ProcessEnv = process.env,
  uid = process.getuid?.() ?? -1,
  hasApt = existsSync('/usr/bin/apt-get'),
): string | undefined => {
  if (env['SHOAL_NO_INSTALL'] === '1') return 'SHOAL_NO_INSTALL=1 forbids it';
  if (!hasApt) return 'this is not a Debian or Ubuntu system';
  return uid === 0 ? undefined : 'only root can';
};

/** Runs `work` while no package may start a service; puts back what was there before, also when `work` fails. */
export const withoutServices = async <T>(policyFile: string, work: () => Promise<T>): Promise<T> => {
  const before = existing(policyFile);
  writeFileSync(policyFile, POLICY, { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (before === undefined) rmSync(policyFile, { force: true });
    else writeFileSync(policyFile, before.text, { mode: before.mode });
  }
};

/** What stood there before; a file of our own was left by an installation that was killed. */
const existing = (policyFile: string): { text: string; mode: number } | undefined => {
  if (!existsSync(policyFile)) return undefined;
  const text = readFileSync(policyFile, 'utf8');
  return text.includes(MARK) ? undefined : { text, mode: statSync(policyFile).mode & 0o777 };
};

interface AptResult {
  readonly code: number | null;
  readonly output: string;
}

const apt = async (command: string, args: readonly string[], tag: string): Promise<AptResult> =>
  await new Promise((resolve, reject) => {
    const options = ['-q', '-y', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_S}`, '-o', 'Dpkg::Use-Pty=0'];
    const child = spawn(command, [...options, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8', [INSTALL_TAG]: tag },
    });
    let output = '';
    const keep = (data: Buffer): void => void (output += data.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    // Not "close": a daemon that a package's script left would hold the pipes open.
    child.once('exit', (code) => resolve({ code, output }));
  });

const explain = (packages: readonly string[], output: string): ShoalError =>
  new ShoalError('internal', `apt-get could not install ${packages.join(', ')}:\n${lastLines(output)}`, {
    hint: 'Install them by hand, or set AMQP_URL and REDIS_URL to servers that run elsewhere.',
  });

const lastLines = (text: string): string =>
  text
    .trim()
    .split('\n')
    .slice(-15)
    .map((line) => `  ${line}`)
    .join('\n');

/** Package lists are fetched only when the installation fails without (they are missing or too old). */
const install = async (
  packages: readonly string[],
  { aptGet, say }: AptEnvironment,
  tag: string,
): Promise<void> => {
  const args = ['install', '--no-install-recommends', ...packages];
  if ((await apt(aptGet, args, tag)).code === 0) return;
  say('Fetching the package lists first (apt-get update).');
  const update = await apt(aptGet, ['update'], tag);
  const second = await apt(aptGet, args, tag);
  if (second.code !== 0)
    throw explain(packages, update.code === 0 ? second.output : update.output + second.output);
};

const endLeftovers = (tag: string): void => {
  for (const pid of pidsWithEnvironment(INSTALL_TAG, tag)) signal(pid, 'SIGKILL');
};

export const systemApt = (base: string, say: (line: string) => void): AptEnvironment => ({
  aptGet: 'apt-get',
  policyFile: POLICY_FILE,
  lockFile: join(base, 'install.lock'),
  say,
});

/**
 * Installs Debian packages without letting them start services. One at a time for all runs of this user.
 * @throws ShoalError `internal` with what apt-get said
 */
export const installPackages = async (packages: readonly string[], system: AptEnvironment): Promise<void> => {
  const tag = `${process.pid}`;
  await withFileLock(system.lockFile, async () => {
    try {
      await withoutServices(system.policyFile, () => install(packages, system, tag));
    } finally {
      endLeftovers(tag);
    }
  });
};
