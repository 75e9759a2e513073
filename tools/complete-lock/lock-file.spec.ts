import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { completed, missingFrom, platformOf, type LockFile } from './lock-file.js';

const lockFile = (): LockFile & { packages: Record<string, { resolved?: string }> } =>
  JSON.parse(readFileSync(join(PROJECT_ROOT, 'package-lock.json'), 'utf8')) as LockFile;

describe('the lock file of this project', () => {
  it('has every optional package of every platform (else run: npm run lock)', () => {
    expect(missingFrom(lockFile())).toEqual([]);
  });

  it('names no registry host', () => {
    expect(Object.values(lockFile().packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});

describe('completed', () => {
  const lock: LockFile = {
    packages: {
      '': {},
      'node_modules/a': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: { 'a-linux-x64': '1.0.0', 'a-win32-x64': '1.0.0' },
      },
      'node_modules/a-linux-x64': { version: '1.0.0', optional: true },
      'node_modules/b': {
        version: '2.0.0',
        optionalDependencies: { fsevents: '^2.3.3', 'a-win32-x64': '1.0.0' },
      },
      'node_modules/b/node_modules/c': { version: '3.0.0', optionalDependencies: { 'a-linux-x64': '1.0.0' } },
    },
  };

  it('adds what is missing, next to what is there, and nothing else', () => {
    const added = Object.entries(completed(lock).packages).filter(([path]) => !(path in lock.packages));
    expect(Object.fromEntries(added)).toEqual({
      'node_modules/a-win32-x64': {
        version: '1.0.0',
        os: ['win32'],
        cpu: ['x64'],
        optional: true,
      },
      'node_modules/fsevents': { version: '2.3.3', os: ['darwin'], optional: true },
    });
  });

  it('nests a second version beside the package that wants it', () => {
    const wanting = (version: string) => ({
      version: '1.0.0',
      optionalDependencies: { 'd-darwin': version },
    });
    const two: LockFile = {
      packages: { 'node_modules/e': wanting('1.0.0'), 'node_modules/f': wanting('2.0.0') },
    };
    const { packages } = completed(two);
    expect(packages['node_modules/d-darwin']?.version).toBe('1.0.0');
    expect(packages['node_modules/f/node_modules/d-darwin']?.version).toBe('2.0.0');
  });

  it('leaves nothing missing', () => {
    expect(missingFrom(completed(lock))).toEqual([]);
  });
});

describe('platformOf', () => {
  it.each([
    ['@swc/core-linux-arm64-musl', { os: ['linux'], cpu: ['arm64'], libc: ['musl'] }],
    ['@swc/core-linux-ppc64-gnu', { os: ['linux'], cpu: ['ppc64'], libc: ['glibc'] }],
    ['@unrs/resolver-binding-android-arm-eabi', { os: ['android'], cpu: ['arm'] }],
    ['@unrs/resolver-binding-wasm32-wasi', { cpu: ['wasm32'] }],
  ])('reads %s', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});
