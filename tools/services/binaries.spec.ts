import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findBinaries, systemFolders, type SearchFolders } from './binaries.js';

describe('findBinaries', () => {
  let root: string;
  let folders: SearchFolders;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-binaries-'));
    folders = {
      path: [join(root, 'bin'), join(root, 'sbin')],
      rabbitmq: [join(root, 'rabbit')],
      erlang: [join(root, 'erlang')],
    };
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const program = (...path: string[]): string => {
    const file = join(root, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o755);
    return file;
  };

  it('looks in SHOAL_SERVERS only, when that is set', () => {
    const server = program('own', 'rabbitmq-server');
    program('bin', 'redis-server');
    const found = findBinaries(systemFolders(join(root, 'bin'), join(root, 'own')));
    expect(found).toEqual({ rabbitmqServer: server });
  });

  it('finds nothing where nothing is', () => {
    expect(findBinaries(folders)).toEqual({});
  });

  it('prefers the scripts of the package to what is on the path', () => {
    program('sbin', 'rabbitmq-server');
    const own = program('rabbit', 'rabbitmq-server');
    expect(findBinaries(folders).rabbitmqServer).toBe(own);
  });

  it("does not take Debian's wrapper, which switches to the system's user", () => {
    const wrapper = program('lib', 'rabbitmq-script-wrapper');
    mkdirSync(join(root, 'sbin'));
    symlinkSync(wrapper, join(root, 'sbin', 'rabbitmq-server'));
    expect(findBinaries(folders).rabbitmqServer).toBeUndefined();
  });

  it("finds epmd in Erlang's own folders", () => {
    const epmd = program('erlang', 'erts-13.1.5', 'bin', 'epmd');
    expect(findBinaries(folders).epmd).toBe(epmd);
  });

  it('does not take a file that cannot be run', () => {
    chmodSync(program('bin', 'redis-server'), 0o644);
    expect(findBinaries(folders).redisServer).toBeUndefined();
    const other = program('sbin', 'redis-server');
    expect(findBinaries(folders).redisServer).toBe(other);
  });
});
