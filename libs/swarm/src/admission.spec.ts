import { describe, expect, it } from '@jest/globals';
import { hasRoom } from './admission.js';

describe('hasRoom', () => {
  it.each([
    [true, 9, true],
    [true, 10, false],
    [false, 1, true],
    [false, 2, false],
    [false, 9, false],
  ])('complete %p with %i downloaders: %p', (isComplete, downloaders, room) => {
    expect(hasRoom(isComplete, downloaders, { complete: 10, partial: 2 })).toBe(room);
  });
});
