import type { LocalStatus } from '#contracts';
import { clean } from '../output/sanitize.js';
import { software } from '../version.js';

/** A line for a person whose daemon is of another version that understands the same calls; undefined when it is the same. */
export const otherVersionRemark = ({
  name,
  software: theirs,
}: Pick<LocalStatus, 'name' | 'software'>): string | undefined =>
  theirs === software()
    ? undefined
    : `note: ${clean(name)} runs ${clean(theirs)}, this is ${software()}; start it again to bring it up to date`;
