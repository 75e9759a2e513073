#!/usr/bin/env node
/**
 * What every command of a checkout goes through: `node tools/bootstrap.mjs <tool> [arguments]` brings packages and build
 * up to date and becomes `dist/tools/<tool>/main.js`. Node's own modules only: it must run right after `git clone`.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { requireNode } from './bootstrap/node-version.mjs';

requireNode();
const { prepare } = await import('./bootstrap/prepare.mjs');
const { endWithNpm } = await import('./bootstrap/npm-parent.mjs');

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [tool, ...rest] = process.argv.slice(2);
const source = join(root, 'tools', tool ?? '', 'main.ts');
if (tool === undefined || !/^[a-z-]+$/.test(tool) || !existsSync(source)) {
  console.error(
    `usage: node tools/bootstrap.mjs <tool> [arguments]; "${tool ?? ''}" is not a tool of this project`,
  );
  process.exit(2);
}

// `npm test` builds once more as one of its checks and shows what is wrong there.
const built = await prepare(root, { say: (line) => console.error(line) });
const main = join(root, 'dist', 'tools', tool, 'main.js');
if (!built && !(tool === 'check' && existsSync(main))) process.exit(1);

endWithNpm();
process.argv = [process.argv[0], main, ...rest];
await import(pathToFileURL(main).href);
