import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '#core';
import { codeOfNumber, numberOfCode } from './error-codes.js';

describe('error codes on the wire', () => {
  it('go both ways for every code', () => {
    expect(ERROR_CODES.map((code) => codeOfNumber(numberOfCode(code)))).toEqual(ERROR_CODES);
  });

  it('read an unknown number as internal', () => {
    expect(codeOfNumber(65_535)).toBe('internal');
  });
});
