export type Level = 'ok' | 'warn' | 'fail';

/** One line of what the doctor says. */
export interface Finding {
  /** What was looked at: `broker`, `anchor server1`, `peer host7`. */
  readonly check: string;
  readonly level: Level;
  readonly text: string;
  /** What to do about it. */
  readonly mend?: string;
}

export const ok = (check: string, text: string): Finding => ({ check, level: 'ok', text });
export const warn = (check: string, text: string, mend: string): Finding => ({
  check,
  level: 'warn',
  text,
  mend,
});
export const fail = (check: string, text: string, mend: string): Finding => ({
  check,
  level: 'fail',
  text,
  mend,
});

/** Whether version `text` (`3.10.8`) is at least `wanted`. What cannot be read counts as new. */
export const isAtLeast = (text: string, wanted: readonly [number, number]): boolean => {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return true;
  return Number(major) > wanted[0] || (Number(major) === wanted[0] && Number(minor) >= wanted[1]);
};
