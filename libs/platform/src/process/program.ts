import { fileURLToPath } from 'node:url';

/** Where the entry points lie among the compiled sources. `tools/bundle.mjs` has the same list. */
const SOURCES = {
  connection: 'apps/connection/src/main.js',
  manifest: 'apps/manifest/src/main.js',
  transfer: 'apps/transfer/src/main.js',
  peer: 'apps/peer/src/main.js',
  engine: 'libs/engine/src/main.js',
} as const;
export type ProgramName = keyof typeof SOURCES;

/**
 * Path of the JavaScript that starts a process of this project: bundled when the caller runs from a bundle, else as the
 * compiler left it, so that `nest start` runs the engine that it has just compiled.
 */
export const programFile = (name: ProgramName, caller = import.meta.url): string => {
  const isBundled = new URL('.', caller).pathname.endsWith('/dist/bundle/');
  const file = isBundled ? `./${name}.mjs` : `../../../../${SOURCES[name]}`;
  return fileURLToPath(new URL(file, caller));
};
