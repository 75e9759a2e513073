/** Programs of the root, by the name under which the tools look for them. Not Debian's wrapper, which changes the user. */
export const SERVERS = {
  'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
  'redis-server': '/usr/bin/redis-server',
  epmd: '/usr/bin/epmd',
} as const;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A script that becomes a program inside the root, in the same working folder where that is below the root. */
export const wrapperText = (root: string, program: string): string =>
  [
    '#!/bin/sh',
    `exec chroot '${root}' /usr/bin/env PATH=${PATH} LC_ALL=C.UTF-8 \\`,
    `  sh -c 'cd "$0" 2>/dev/null || cd /; exec "$@"' "$PWD" ${program} "$@"`,
    '',
  ].join('\n');
