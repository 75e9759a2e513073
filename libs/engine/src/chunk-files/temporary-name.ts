import { randomBytes } from 'node:crypto';

/** What is being made beside chunk files starts like this; whatever does is no chunk file. */
export const TEMPORARY_START = '.shoal-';

/** A name that nothing else has. */
export const temporaryName = (): string => TEMPORARY_START + randomBytes(9).toString('hex');
