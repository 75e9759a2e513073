import { sample, type Random } from '#core';

/**
 * Neighbours of each of `count` peers: everybody while there are at most `links` others, else a random circulant graph
 * (R12): the peers in a random ring, each linked to those at `links`/2 random distances both ways. Everybody has the
 * same number of links, so nobody is unlucky, and the distance between any two is short.
 */
export const ringMesh = (count: number, links: number, random: Random): ReadonlyArray<readonly number[]> => {
  const ring = sample([...Array(count).keys()], count, random);
  const far = Math.floor((count - 1) / 2);
  const distances = sample([...Array(far).keys()], Math.floor(links / 2), random).map(
    (distance) => distance + 1,
  );
  const full = count - 1 <= links;
  const neighbours: number[][] = ring.map(() => []);
  ring.forEach((peer, place) => {
    const others = full
      ? ring.filter((other) => other !== peer)
      : distances.flatMap((distance) => [at(ring, place + distance), at(ring, place - distance)]);
    neighbours[peer] = others;
  });
  return neighbours;
};

const at = (ring: readonly number[], place: number): number =>
  ring[(place + ring.length) % ring.length] as number;
