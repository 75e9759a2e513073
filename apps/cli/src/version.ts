import { readFileSync } from 'node:fs';

/** Seen from a bundle, from the sources, and from the compiled files, which lie one folder deeper. */
const PLACES = ['../../package.json', '../../../package.json', '../../../../package.json'];

export const softwareVersion = (): string => {
  for (const place of PLACES) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'shoal' && version !== undefined) return version;
    } catch {
      // Not there: look in the next place.
    }
  }
  return 'unknown';
};
