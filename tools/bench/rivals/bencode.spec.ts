import { describe, expect, it } from '@jest/globals';
import { bencode } from './bencode.js';

describe('bencode', () => {
  it('writes the examples of BEP 3', () => {
    expect(bencode('spam').toString()).toBe('4:spam');
    expect(bencode(-3).toString()).toBe('i-3e');
    expect(bencode(['spam', 'eggs']).toString()).toBe('l4:spam4:eggse');
    expect(bencode({ spam: 'eggs', cow: 'moo' }).toString()).toBe('d3:cow3:moo4:spam4:eggse');
  });

  it('counts bytes, and takes raw ones', () => {
    expect(bencode('é').toString()).toBe('2:é');
    expect(bencode(new Uint8Array([0, 255]))).toEqual(Buffer.from([50, 58, 0, 255]));
    expect(bencode({}).toString()).toBe('de');
  });
});
