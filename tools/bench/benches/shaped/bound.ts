import type { LinkRate } from '../../lab/shaped-lab.js';

/**
 * The fluid bound: no way of distributing can be done sooner, seconds. The sender must send everything once, everybody
 * must receive it, and all uplinks together must carry every copy.
 * @param links host 0 is the sender; bits a second
 */
export const fluidBound = (size: number, links: readonly LinkRate[]): number => {
  const bits = size * 8;
  const [sender, ...others] = links as [LinkRate, ...LinkRate[]];
  const slowestDown = Math.min(...others.map(({ down }) => down));
  const allUp = links.reduce((sum, { up }) => sum + up, 0);
  return Math.max(bits / sender.up, bits / slowestDown, (others.length * bits) / allUp);
};
