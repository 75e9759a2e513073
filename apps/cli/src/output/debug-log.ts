import type { Log } from '#platform/log';
import { clean } from './sanitize.js';

/** What libraries say inside, for `--verbose`: one line each on stderr. */
export const debugLog = (write: (line: string) => void): Log => {
  const say =
    (level: string) =>
    (details: object, message: string): void =>
      write(clean(`${level}: ${message}${detailsText(details)}`));
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
};

const detailsText = (details: object): string => {
  const shown = Object.entries(details).filter(([, value]) => value !== undefined);
  return shown.length === 0 ? '' : ` ${JSON.stringify(Object.fromEntries(shown))}`;
};
