/**
 * Characters that could move the cursor, change colours, hide or reorder text: C0 and C1 controls, line and paragraph
 * separators, invisible and bidirectional controls (CVE-2021-42574), the byte order mark, lone surrogates. The joiners
 * U+200C and U+200D stay: several scripts need them.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

const TEXT_MAX = 2_000;

/** Text of a remote party, fit for one line of a terminal: what could act on it is shown as `\u{1b}`. */
export const clean = (text: string): string => {
  const short = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text;
  return short.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
};
