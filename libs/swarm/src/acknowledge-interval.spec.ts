import { expect, it } from '@jest/globals';
import { acknowledgeInterval } from './acknowledge-interval.js';

it('spaces acknowledgements by the number of peers', () => {
  expect([1, 200, 1_000, 10_000].map(acknowledgeInterval)).toEqual([500, 500, 500, 5_000]);
});
