import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installPackages, whyNotInstall, withoutServices, type AptEnvironment } from './install.js';

describe('whyNotInstall', () => {
  it('says nothing where it can', () => {
    expect(whyNotInstall({}, 0, true)).toBeUndefined();
  });
  it.each([
    [{ SHOAL_NO_INSTALL: '1' }, 0, true, 'SHOAL_NO_INSTALL=1'],
    [{}, 1_000, true, 'root'],
    [{}, 0, false, 'Debian'],
  ])('says why it cannot: %j %d %s', (environment, uid, hasApt, reason) => {
    expect(whyNotInstall(environment, uid, hasApt)).toContain(reason);
  });
});

describe('installing', () => {
  let folder: string;
  let policy: string;
  let said: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-install-'));
    policy = join(folder, 'policy-rc.d');
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A stand-in for apt-get that notes its arguments and the policy it saw. */
  const aptThat = (body: string): AptEnvironment => {
    const aptGet = join(folder, 'apt-get');
    writeFileSync(aptGet, `#!/bin/sh\necho "$@" >> ${folder}/calls\ncp ${policy} ${folder}/seen\n${body}\n`);
    chmodSync(aptGet, 0o755);
    return { aptGet, policyFile: policy, lockFile: join(folder, 'lock'), say: (line) => said.push(line) };
  };
  const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

  it('forbids services while it installs, and only then', async () => {
    await installPackages(['redis-server'], aptThat('exit 0'));
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toContain('exit 101');
    expect(existsSync(policy)).toBe(false);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toContain('install --no-install-recommends redis-server');
  });

  it('fetches the package lists when the first try fails, and tries again', async () => {
    const apt = aptThat(
      `case "$*" in *update*) touch ${folder}/updated;; *) test -e ${folder}/updated;; esac`,
    );
    await installPackages(['rabbitmq-server'], apt);
    expect(calls().map((call) => /(install|update)/.exec(call)?.[0])).toEqual([
      'install',
      'update',
      'install',
    ]);
    expect(said.join()).toContain('apt-get update');
  });

  it('tells what apt-get said when it fails, and leaves no policy behind', async () => {
    const apt = aptThat('echo "E: Unable to locate package nonsense" >&2; exit 100');
    await expect(installPackages(['nonsense'], apt)).rejects.toThrow(/Unable to locate package nonsense/);
    expect(existsSync(policy)).toBe(false);
    expect(existsSync(apt.lockFile)).toBe(false);
  });

  it("puts the machine's own policy back", async () => {
    writeFileSync(policy, '#!/bin/sh\nexit 0\n', { mode: 0o700 });
    await expect(withoutServices(policy, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
    expect(statSync(policy).mode & 0o777).toBe(0o700);
  });

  it('removes what a killed installation left', async () => {
    const killed = withoutServices(policy, () => new Promise<void>(() => undefined));
    void killed;
    await withoutServices(policy, () => Promise.resolve());
    expect(existsSync(policy)).toBe(false);
  });
});
