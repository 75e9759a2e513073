import { readFileSync } from 'node:fs';

/** This software and its version, as the network shows it. Built files lie as deep below the project as sources plus `dist`. */
export const SOFTWARE = `shoal ${versionFrom(['../../package.json', '../../../package.json', '../../../../package.json'])}`;

function versionFrom(candidates: readonly string[]): string {
  for (const candidate of candidates) {
    try {
      const text = readFileSync(new URL(candidate, import.meta.url), 'utf8');
      return String((JSON.parse(text) as { version?: unknown }).version ?? '0');
    } catch {
      // The other depth.
    }
  }
  return '0';
}
