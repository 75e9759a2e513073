/** The part of a shell pattern before its first `*` or `?`: only names that begin with it can match. */
export const literalPrefix = (pattern: string): string => /^[^*?]*/.exec(pattern)?.[0] ?? '';

export const isLiteral = (pattern: string): boolean => !/[*?]/.test(pattern);

/**
 * Whether a name matches a shell pattern: `*` is any characters, `?` is one (a whole code point). Takes at most
 * pattern x name steps, whatever the pattern.
 */
export const matchesPattern = (pattern: string, name: string): boolean => {
  const wanted = [...pattern];
  const given = [...name];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let position = 0; position < given.length;) {
    if (wanted[at] === '*') {
      star = at++;
      resume = position;
    } else if (wanted[at] === '?' || wanted[at] === given[position]) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
};

/** The order of names in Redis: by their UTF-8 bytes. */
export const compareNames = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
