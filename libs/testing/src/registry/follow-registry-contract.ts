import { expect, it } from '@jest/globals';
import type { Registries } from '#registry';

/** What every FollowRegistry does. `make` gives an empty one each time. */
export const followRegistryContract = (make: () => Registries): void => {
  const song = { id: 'd-2', name: 'music.txt', version: 3, request: '{"a":1}' };
  const book = { id: 'd-1', name: 'book.txt', version: 1, request: '{}' };

  it('has what was put, once, until it is removed', async () => {
    const { follows } = make();
    expect(await follows.put(song, 10)).toBe(true);
    expect(await follows.put({ ...song, request: '{"b":2}' }, 10)).toBe(true);
    expect(await follows.put(book, 10)).toBe(true);
    expect(await follows.all()).toEqual([book, song]);
    expect(await follows.remove('d-2')).toBe(true);
    expect(await follows.remove('d-2')).toBe(false);
    expect(await follows.all()).toEqual([book]);
  });

  it('takes no more than it may', async () => {
    const { follows } = make();
    await follows.put(song, 1);
    expect(await follows.put(book, 1)).toBe(false);
    expect(await follows.put(song, 1)).toBe(true);
  });
};
