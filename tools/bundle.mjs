/**
 * Joins what each program loads into `dist/bundle`, after tsc: Node spends about a second of CPU on the 1,300 modules of a
 * peer, and a third of that on its bundle (docs/adr/0008). Source maps lie beside:
 * `NODE_OPTIONS=--enable-source-maps` shows the lines of the sources. `tools/bundle.mjs FILE FOLDER` joins one more program, for tests.
 */
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** One file each: split ones would run Nest's modules in another order, and its decorators need `reflect-metadata` first. */
const PROGRAMS = {
  connection: 'dist/apps/connection/src/main.js',
  manifest: 'dist/apps/manifest/src/main.js',
  transfer: 'dist/apps/transfer/src/main.js',
  peer: 'dist/apps/peer/src/main.js',
  console: 'dist/apps/console/src/main.js',
};
/**
 * Its names are not kept where two modules use the same one: esbuild would keep them by a call for every function that is
 * made, also for each closure of each block.
 */
const ENGINE = { engine: 'dist/libs/engine/src/main.js' };
/** A file for each command beside it, so that `--help` does not read what it does not need. */
const COMMAND_LINE = { cli: 'dist/apps/cli/src/main.js' };

/** They find their pages beside their own files. */
const WITH_PAGES = ['@bull-board/*', '@nestjs/swagger', 'swagger-ui-dist'];

/** Nest looks for these when an app uses them; none does. Anything else that cannot be found is an error. */
const NOT_INSTALLED = [
  '@fastify/*',
  '@grpc/*',
  '@nats-io/*',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  'amqp-connection-manager',
  'class-transformer',
  'class-transformer/*',
  'class-validator',
  'kafkajs',
  'mqtt',
];

const root = process.cwd();

const bundle = async (entryPoints, folder, { splitting = false } = {}) => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    external: [...NOT_INSTALLED, ...WITH_PAGES],
    // CommonJS packages ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    logLevel: 'error',
    metafile: true,
  });
  return Object.keys(metafile.outputs).map((path) => basename(path));
};

const bundleAll = async (folder) => {
  const written = await Promise.all([
    bundle(PROGRAMS, folder),
    bundle(ENGINE, folder),
    bundle(COMMAND_LINE, folder, { splitting: true }),
  ]);
  const names = new Set(written.flat());
  for (const name of readdirSync(folder)) if (!names.has(name)) rmSync(join(folder, name));
};

const [file, into] = process.argv.slice(2);
await (file === undefined ? bundleAll(join(root, 'dist', 'bundle')) : bundle([file], into));
