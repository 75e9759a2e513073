import { describe, expect, it } from '@jest/globals';
import { mountsBelow } from './inside.js';
import { SERVERS, wrapperText } from './wrappers.js';

describe('servers of a root', () => {
  it('are all that is mounted below it and nothing beside it', () => {
    const table = [
      'overlay / overlay rw 0 0',
      'proc /proc proc rw 0 0',
      'proc /tmp/shoal13-a/proc proc rw 0 0',
      'tmpfs /tmp/shoal13-a/proc/sys/fs tmpfs rw 0 0',
      'proc /tmp/shoal13-ab/proc proc rw 0 0',
      '',
    ].join('\n');
    expect(mountsBelow('/tmp/shoal13-a', table)).toEqual([
      '/tmp/shoal13-a/proc/sys/fs',
      '/tmp/shoal13-a/proc',
    ]);
  });

  it("are the packages' own programs, found inside by their path there", () => {
    const text = wrapperText('/tmp/shoal13-a', SERVERS['redis-server']);
    expect(text).toMatch(/^#!\/bin\/sh\nexec chroot '\/tmp\/shoal13-a' /);
    expect(text).toContain('"$PWD" /usr/bin/redis-server "$@"');
  });
});
