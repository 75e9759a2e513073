import { sample, type Random } from '#core';

/**
 * In which order a peer asks its anchors to take it: the first of the list first, so that a person knows where to look;
 * past a failure the others at random, so that the peers of a dead anchor do not all run to the same next one.
 */
export const joinOrder = (anchors: readonly string[], random: Random): string[] => {
  const [first, ...others] = anchors;
  return first === undefined ? [] : [first, ...sample(others, others.length, random)];
};
