import pc from 'picocolors';

/** The few ways in which text stands out. Without colours all of them return the text as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

export const styleFor = (colours: boolean): Style => {
  const { bold, dim, green, yellow, red } = pc.createColors(colours);
  return { bold, dim, good: green, warn: yellow, bad: red };
};

export const plainStyle = styleFor(false);

/** https://no-color.org and https://force-color.org; else colours on a terminal only. */
export const wantsColours = (env: Readonly<Record<string, string | undefined>>, isTty: boolean): boolean => {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTty && env['TERM'] !== 'dumb';
};
