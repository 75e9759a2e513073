import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import type { Part, TestPart } from './parts.js';

type StaticPart = Exclude<Part, TestPart>;

const tool = (...path: string[]): string => join(PROJECT_ROOT, 'node_modules', ...path);

/** The same programs with the same options as the scripts of package.json, without npm around each. */
export const STATIC_CHECKS: Readonly<
  Record<StaticPart, { readonly title: string; readonly args: readonly string[] }>
> = {
  format: { title: 'format (prettier)', args: [tool('prettier', 'bin', 'prettier.cjs'), '--check', '.'] },
  lint: { title: 'lint (eslint)', args: [tool('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0'] },
  types: { title: 'types (tsc)', args: [tool('typescript', 'bin', 'tsc'), '--noEmit'] },
  build: { title: 'build (tsc)', args: [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'] },
  rules: {
    title: 'dependency rules (dependency-cruiser)',
    args: [
      tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      'apps',
      'libs',
      'tools',
      'test',
      '--config',
      '.dependency-cruiser.cjs',
    ],
  },
};
