import { readFileSync } from 'node:fs';

/** Seen from a bundle, from the sources, and from the compiled files, which lie one folder deeper. */
const PLACES = ['../../package.json', '../../../../package.json', '../../../../../package.json'];

/** This software and its version, as the network shows it. */
export const SOFTWARE = `shoal ${version()}`;

function version(): string {
  for (const place of PLACES) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8');
      const found = JSON.parse(text) as { name?: unknown; version?: unknown };
      if (found.name === 'shoal') return String(found.version ?? '0');
    } catch {
      // Another depth.
    }
  }
  return '0';
}
