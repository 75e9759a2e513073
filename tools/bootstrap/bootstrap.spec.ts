import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';

interface Packages {
  packagesAreFresh(root: string): boolean;
  installPackages(root: string, say: (line: string) => void): boolean;
}
interface Build {
  buildIsFresh(root: string): boolean;
  build(root: string, say: (line: string) => void): boolean;
}
interface Lock {
  withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T>;
}

const load = async <T>(name: string): Promise<T> =>
  (await import(pathToFileURL(join(PROJECT_ROOT, 'tools', 'bootstrap', `${name}.mjs`)).href)) as T;

const { packagesAreFresh, installPackages } = await load<Packages>('packages');
const { buildIsFresh, build } = await load<Build>('build');
const { withLock } = await load<Lock>('lock');

describe('bootstrap', () => {
  let root: string;
  let said: string[];
  const say = (line: string): void => void said.push(line);
  const put = (path: string, content: unknown): void => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-bootstrap-'));
    said = [];
  });
  afterEach(() => rmSync(root, { recursive: true }));

  describe('packages', () => {
    const lock = (version: string) => ({
      lockfileVersion: 3,
      packages: {
        '': { name: 'x' },
        'node_modules/a': { version },
        'node_modules/for-another-platform': { version: '1.0.0', optional: true },
      },
    });
    beforeEach(() => {
      put('package.json', { name: 'x' });
      put('package-lock.json', lock('1.0.0'));
    });

    it('that npm install brought are taken as they are, and remembered', () => {
      put('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '1.0.0' } } });
      expect(packagesAreFresh(root)).toBe(false);
      expect(installPackages(root, say)).toBe(true);
      expect(said).toEqual([]);
      expect(packagesAreFresh(root)).toBe(true);
    });

    it('are stale when the lock file changes', () => {
      put('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '1.0.0' } } });
      installPackages(root, say);
      put('package-lock.json', lock('1.0.1'));
      expect(packagesAreFresh(root)).toBe(false);
    });

    describe('that are missing', () => {
      const before = process.env['npm_execpath'];
      afterEach(() => {
        if (before === undefined) delete process.env['npm_execpath'];
        else process.env['npm_execpath'] = before;
      });
      /** A stand-in for npm that notes what it was asked. */
      const npmThatEndsWith = (code: number): void => {
        const notes = JSON.stringify(join(root, 'asked'));
        put('npm-cli.js', `require('fs').writeFileSync(${notes}, process.argv[2]); process.exit(${code});`);
        process.env['npm_execpath'] = join(root, 'npm-cli.js');
      };

      it('are installed as the lock file says', () => {
        npmThatEndsWith(0);
        expect(installPackages(root, say)).toBe(true);
        expect(readFileSync(join(root, 'asked'), 'utf8')).toBe('ci');
        expect(said).toEqual(['Installing npm packages (npm ci): they are missing.']);
        expect(packagesAreFresh(root)).toBe(true);
      });

      it('are still missing when npm failed', () => {
        npmThatEndsWith(1);
        expect(installPackages(root, say)).toBe(false);
        expect(said.at(-1)).toBe('npm ci failed.');
        expect(packagesAreFresh(root)).toBe(false);
      });
    });
  });

  describe('build', () => {
    /** A stand-in for the compiler: copies, and refuses what says `wrong`. */
    const compiler = `
      const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('fs');
      mkdirSync('dist/tools', { recursive: true });
      for (const file of readdirSync('tools').filter((name) => name.endsWith('.ts'))) {
        const text = readFileSync('tools/' + file, 'utf8');
        if (text.includes('wrong')) process.exitCode = 2;
        writeFileSync('dist/tools/' + file.replace('.ts', '.js'), text);
      }`;
    beforeEach(() => {
      put('package.json', { name: 'x' });
      put('tsconfig.json', {});
      put('tsconfig.build.json', {});
      put('tools/a.ts', 'export const a = 1;\n');
      put('node_modules/typescript/bin/tsc', compiler);
      put('tools/bundle.mjs', `import { writeFileSync } from 'node:fs'; writeFileSync('dist/bundled', '');`);
    });

    it('is made once and again when a source changes', () => {
      expect(buildIsFresh(root)).toBe(false);
      expect(build(root, say)).toBe(true);
      expect(existsSync(join(root, 'dist', 'tools', 'a.js'))).toBe(true);
      expect(buildIsFresh(root)).toBe(true);
      utimesSync(join(root, 'tools', 'a.ts'), 1, 1);
      expect(buildIsFresh(root)).toBe(false);
    });

    it('is made anew when the compiler believes that what is missing is there', () => {
      put(
        'node_modules/typescript/bin/tsc',
        `if (require('fs').existsSync('dist/.tsbuildinfo')) process.exit(0);${compiler}`,
      );
      put('dist/.tsbuildinfo', 'all is well');
      expect(build(root, say)).toBe(true);
      expect(existsSync(join(root, 'dist', 'tools', 'a.js'))).toBe(true);
    });

    it('is made once also where sources are left out of it', () => {
      put('tools/test-support/double.ts', 'export const b = 2;\n');
      put('tools/a.spec.ts', 'export const c = 3;\n');
      put(
        'node_modules/typescript/bin/tsc',
        `require('fs').appendFileSync('runs', 'x');
        require('fs').mkdirSync('dist/tools', { recursive: true });
        require('fs').writeFileSync('dist/tools/a.js', '');`,
      );
      expect(build(root, say)).toBe(true);
      expect(readFileSync(join(root, 'runs'), 'utf8')).toBe('x');
    });

    it('leaves nothing of a source that is gone', () => {
      put('tools/b.ts', 'export const b = 2;\n');
      build(root, say);
      rmSync(join(root, 'tools', 'b.ts'));
      expect(buildIsFresh(root)).toBe(false);
      build(root, say);
      expect(existsSync(join(root, 'dist', 'tools', 'b.js'))).toBe(false);
      expect(existsSync(join(root, 'dist', 'tools', 'a.js'))).toBe(true);
    });

    it('joins the programs after they were compiled', () => {
      build(root, say);
      expect(existsSync(join(root, 'dist', 'bundled'))).toBe(true);
    });

    it('is not fresh when the programs could not be joined', () => {
      put('tools/bundle.mjs', 'process.exit(1);');
      expect(build(root, say)).toBe(false);
      expect(buildIsFresh(root)).toBe(false);
    });

    it('is not fresh after type errors', () => {
      put('tools/a.ts', 'wrong\n');
      expect(build(root, say)).toBe(false);
      expect(buildIsFresh(root)).toBe(false);
    });
  });

  describe('lock', () => {
    it('lets one command in at a time and forgets dead ones', async () => {
      const file = join(root, 'lock');
      writeFileSync(file, '999999999');
      let inside = 0;
      const visit = (): Promise<void> =>
        withLock(
          file,
          () => undefined,
          async () => {
            expect(++inside).toBe(1);
            expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
            await new Promise((resolve) => setImmediate(resolve));
            inside--;
          },
        );
      await Promise.all([visit(), visit()]);
      expect(existsSync(file)).toBe(false);
    });
  });

  it('tells the usage to those who name no tool', () => {
    const run = (): string =>
      execFileSync(process.execPath, [join(PROJECT_ROOT, 'tools', 'bootstrap.mjs'), '../etc'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    expect(run).toThrow(/not a tool/);
  });
});
