import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const SOURCES = ['apps', 'libs', 'tools'];
const BUNDLER = 'tools/bundle.mjs';
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package.json', BUNDLER];

const filesBelow = (folder, ending, found = []) => {
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) filesBelow(path, ending, found);
    else if (entry.name.endsWith(ending)) found.push(path);
  }
  return found;
};

const sourceFiles = (root) =>
  SOURCES.flatMap((folder) => filesBelow(join(root, folder), '.ts')).filter(
    (file) => !file.endsWith('.spec.ts'),
  );

/** Changes when a source is added, removed or written: no file is read, so that it costs some milliseconds only. */
const wantedStamp = (root) => {
  const hash = createHash('sha256');
  for (const file of [...sourceFiles(root), ...SETTINGS.map((name) => join(root, name))]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
};

const stampFile = (root) => join(root, 'dist', '.shoal-stamp');

export const buildIsFresh = (root) =>
  existsSync(stampFile(root)) && readFileSync(stampFile(root), 'utf8') === wantedStamp(root);

/** tsc leaves the output of removed sources behind. */
const removeOrphans = (root) => {
  for (const folder of SOURCES) {
    for (const file of filesBelow(join(root, 'dist', folder), '.js')) {
      const source = file.replace(`${root}/dist/`, `${root}/`).replace(/\.js$/, '.ts');
      if (!existsSync(source)) for (const ending of ['', '.map']) rmSync(file + ending, { force: true });
    }
  }
};

/** Compiled for nobody: tests read their sources (tsconfig.build.json leaves them out, too). */
const NOT_BUILT = ['/libs/testing/', '/test-support/'];

const outputOf = (root, source) => source.replace(`${root}/`, `${root}/dist/`).replace(/\.ts$/, '.js');

const isComplete = (root) =>
  sourceFiles(root)
    .filter((source) => !source.endsWith('.d.ts') && !NOT_BUILT.some((part) => source.includes(part)))
    .every((source) => existsSync(outputOf(root, source)));

const runNode = (root, args) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;

const compile = (root) =>
  runNode(root, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);

const bundle = (root) => runNode(root, [BUNDLER]);

/** Compiles into `dist/`, then joins each program. False when there are errors; they have been shown. */
export const build = (root, say) => {
  say('Building (tsc, esbuild).');
  const stamp = wantedStamp(root);
  removeOrphans(root);
  const notes = join(root, 'dist', '.tsbuildinfo');
  const compiled = compile(root);
  // tsc writes only what its notes say has changed, whether the rest is there or not.
  if (compiled && !isComplete(root)) {
    rmSync(notes, { force: true });
    compile(root);
  }
  mkdirSync(join(root, 'dist'), { recursive: true });
  const built = compiled && bundle(root);
  if (built) writeFileSync(stampFile(root), stamp);
  return built;
};
