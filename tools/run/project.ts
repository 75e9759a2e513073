import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ShoalError } from '#core';

const isProject = (folder: string): boolean => {
  const file = join(folder, 'package.json');
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'shoal';
};

const findRoot = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isProject(folder)) {
    const parent = dirname(folder);
    if (parent === folder) throw new ShoalError('internal', 'the tools run outside of the project');
    folder = parent;
  }
  return folder;
};

/** The checkout, whether the tools run from their sources or from `dist/`. */
export const PROJECT_ROOT = findRoot();

/**
 * Path of a compiled entry point, given as in the sources without its ending: `apps/peer/src/main`.
 * @throws ShoalError `bad-config` when it has not been built
 */
export const compiled = (entry: string): string => built(`${entry}.js`);

/** Path of a program's bundle, as people run it: `peer`, `cli`. @throws ShoalError `bad-config` when it has not been built */
export const bundled = (program: string): string => built(join('bundle', `${program}.mjs`));

const built = (file: string): string => {
  const path = join(PROJECT_ROOT, 'dist', file);
  if (existsSync(path)) return path;
  throw new ShoalError('bad-config', `${path} is not built`, { hint: 'Run npm run build.' });
};
