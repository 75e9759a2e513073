import {
  LABEL_KEY_PATTERN,
  LABEL_VALUE_PATTERN,
  PEER_ID_PATTERN,
  PEER_NAME_PATTERN,
  ShoalError,
} from '#core';
import { MESSAGE_LIMITS } from '../limits.js';
import { parseWith } from '../parse.js';
import { targetGroup, type Selector, type TargetGroup } from './selector.js';

/**
 * A target as a request has it: JSON (see `targetGroup`), or text:
 *
 *     target  = [ NUMBER "of" | PERCENT "% of" ] either
 *     either  = both { "or" both }
 *     both    = one { "and" one }
 *     one     = "not" one | "(" either ")" | "all" | [ "peer:" ] NAME-OR-ID | LABEL "=" VALUE | LABEL "!=" VALUE | LABEL "=*"
 *
 * @throws ShoalError `bad-message` that shows where it stops being one
 */
export const parseTarget = (target: unknown): TargetGroup => {
  if (typeof target !== 'string') return parseWith(targetGroup, target, 'a target');
  if (target.length > MESSAGE_LIMITS.selectorCharacters) {
    throw new ShoalError(
      'bad-message',
      `a target has more than ${MESSAGE_LIMITS.selectorCharacters} characters`,
    );
  }
  return new TargetParser(target).parse();
};

const WORD = /\s*(\(|\)|[^\s()]+)/y;
const QUOTA = /^\s*(\d{1,5}(?:\.\d{1,3})?)(%?)\s+of\s+/i;

class TargetParser {
  private readonly words: string[] = [];
  private at = 0;
  private depth = 0;
  private terms = 0;

  constructor(private readonly text: string) {}

  parse(): TargetGroup {
    const quota = QUOTA.exec(this.text);
    this.split(quota?.[0].length ?? 0);
    const of = this.either();
    if (this.at < this.words.length) throw this.wrong('"and", "or" or the end');
    return quota === null ? { of } : { of, ...this.quotaOf(Number(quota[1]), quota[2] === '%') };
  }

  private split(from: number): void {
    WORD.lastIndex = from;
    for (let match = WORD.exec(this.text); match !== null; match = WORD.exec(this.text))
      this.words.push(match[1] as string);
  }

  private quotaOf(number: number, isPercent: boolean): { count: number } | { percent: number } {
    if (isPercent && number > 0 && number <= 100) return { percent: number };
    if (!isPercent && Number.isInteger(number) && number >= 1 && number <= MESSAGE_LIMITS.targets)
      return { count: number };
    throw new ShoalError('bad-message', `"${this.text}" names no number of peers`, {
      hint: `Write it like "10 of all" (1 to ${MESSAGE_LIMITS.targets}) or "25% of role=edge".`,
    });
  }

  private either(): Selector {
    return this.chain('or', () => this.both());
  }

  private both(): Selector {
    return this.chain('and', () => this.one());
  }

  private chain(word: 'and' | 'or', part: () => Selector): Selector {
    const parts = [part()];
    while (this.take(word)) parts.push(part());
    if (parts.length === 1) return parts[0] as Selector;
    return word === 'and' ? { and: parts } : { or: parts };
  }

  private one(): Selector {
    if (++this.depth > MESSAGE_LIMITS.selectorDepth)
      throw new ShoalError('bad-message', 'a target has too many levels');
    const selector = this.take('not')
      ? { not: this.one() }
      : this.take('(')
        ? this.inBrackets()
        : this.term();
    this.depth--;
    return selector;
  }

  private inBrackets(): Selector {
    const inner = this.either();
    if (!this.take(')')) throw this.wrong('")"');
    return inner;
  }

  private term(): Selector {
    const word = this.words[this.at] ?? '';
    const selector = termOf(word);
    if (selector === undefined) throw this.wrong('a peer name, peer:NAME, LABEL=VALUE or "all"');
    if (++this.terms > MESSAGE_LIMITS.selectorTerms)
      throw new ShoalError('bad-message', `a target has more than ${MESSAGE_LIMITS.selectorTerms} terms`);
    this.at++;
    return selector;
  }

  /** Keywords are written in any case; a peer that is called like one is `peer:and`. */
  private take(word: string): boolean {
    if (this.words[this.at]?.toLowerCase() !== word) return false;
    this.at++;
    return true;
  }

  private wrong(expected: string): ShoalError {
    const found = this.words[this.at];
    const where = found === undefined ? 'at its end' : `at "${found}"`;
    return new ShoalError('bad-message', `"${this.text}" is not a target: ${expected} is expected ${where}`, {
      hint: 'Write it like host7, all, role=edge, "role=edge and not rack=b" or "25% of role=edge".',
    });
  }
}

const KEYWORDS: readonly string[] = ['and', 'or', 'not', 'of'];

const termOf = (word: string): Selector | undefined => {
  if (word.toLowerCase() === 'all') return { all: true };
  if (word.startsWith('peer:')) return peerOf(word.slice('peer:'.length));
  const label = /^([^=!]+)(!?=)(.+)$/.exec(word);
  if (label !== null) return labelOf(label[1] as string, label[3] as string, label[2] === '!=');
  return KEYWORDS.includes(word.toLowerCase()) ? undefined : peerOf(word);
};

const peerOf = (word: string): Selector | undefined =>
  PEER_ID_PATTERN.test(word) || PEER_NAME_PATTERN.test(word) ? { peer: word } : undefined;

const labelOf = (label: string, value: string, isNot: boolean): Selector | undefined => {
  if (!LABEL_KEY_PATTERN.test(label) || (value !== '*' && !LABEL_VALUE_PATTERN.test(value))) return undefined;
  const selector: Selector = value === '*' ? { label } : { label, value };
  return isNot ? { not: selector } : selector;
};
