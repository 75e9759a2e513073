import { describe, expect, it } from '@jest/globals';
import { nearnessTo } from './nearness.js';

describe('nearnessTo', () => {
  it.each<[string, string, boolean]>([
    ['10.1.2.3', '10.1.2.200', true],
    ['10.1.2.3', '10.1.3.3', false],
    ['10.1.2.3', '::ffff:10.1.2.9', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['2001:db8:0:1::5', '2001:0db8::1:0:0:0:9', true],
    ['2001:db8:0:1::5', '2001:db8:0:2::5', false],
    ['10.1.2.3', '2001:db8::1', false],
    ['10.1.2.3', 'host7.example', true],
    ['host7', '10.1.2.3', true],
    ['0.0.0.0', '10.1.2.3', true],
    ['::', '10.1.2.3', true],
  ])('says of %s and %s: %s', (own, host, near) => {
    expect(nearnessTo(own)(host)).toBe(near);
  });
});
