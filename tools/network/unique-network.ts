import { randomBytes } from 'node:crypto';

/** A network id that no other test uses: servers are shared by all of a test run. */
export const uniqueNetwork = (word = 'test'): string => `${word}-${randomBytes(4).toString('hex')}`;
