import type { AtPoint } from './with-faults.js';

/**
 * Ends this process as `kill -9` does when it comes to the point. `about`: only where the arguments of the call have that text,
 * so that what the process does of other things, or when it starts, is not mistaken for it.
 */
export const deadlyAt =
  (point: string | undefined, about = ''): AtPoint =>
  (here, args) => {
    if (here === point && JSON.stringify(args).includes(about)) process.kill(process.pid, 'SIGKILL');
  };
