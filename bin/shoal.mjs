#!/usr/bin/env node
/** `shoal`: the command line. In a checkout it installs and builds first when something is missing or stale. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { realpathSync } from 'node:fs';
import { requireNode } from '../tools/bootstrap/node-version.mjs';

requireNode();
const { prepare } = await import('../tools/bootstrap/prepare.mjs');
const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
// What it says goes to standard error: the output of `shoal ... --json` stays clean.
if (!(await prepare(root, { say: (line) => console.error(line) }))) process.exit(1);
await import(pathToFileURL(join(root, 'dist', 'bundle', 'cli.mjs')).href);
