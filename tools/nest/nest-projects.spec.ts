import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { PROJECT_ROOT } from '../run/project.js';

interface Project {
  readonly type: string;
  readonly entryFile: string;
  readonly compilerOptions: { readonly tsConfigPath: string };
}

const { projects } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'nest-cli.json'), 'utf8')) as {
  projects: Record<string, Project>;
};
const applications = Object.entries(projects).filter(([, { type }]) => type === 'application');
/** What describes packages that bring no types: nothing imports it, so a project has to include it. */
const declarations = readdirSync(join(PROJECT_ROOT, 'libs'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.d.ts'))
  .map((path) => join(PROJECT_ROOT, 'libs', path));

describe('`npx nest start` of a project', () => {
  it('is possible for every process', () => {
    expect(applications.map(([name]) => name)).toEqual(
      expect.arrayContaining(['connection', 'manifest', 'transfer', 'peer']),
    );
    expect(declarations).not.toEqual([]);
  });

  it.each(applications)('%s compiles its entry and knows all declarations', (_name, project) => {
    expect(existsSync(join(PROJECT_ROOT, `${project.entryFile}.ts`))).toBe(true);
    const path = join(PROJECT_ROOT, project.compilerOptions.tsConfigPath);
    const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: unknown };
    const { fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
    expect(errors).toEqual([]);
    expect(fileNames).toEqual(expect.arrayContaining(declarations));
  });
});
