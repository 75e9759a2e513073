import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildIsFresh } from './build.mjs';
import { withLock } from './lock.mjs';
import { installPackages, packagesAreFresh } from './packages.mjs';

/** An installed copy (an image, say) has no sources: what is there is what runs. */
const isCheckout = (root) => existsSync(join(root, 'tsconfig.build.json'));

const isFresh = (root) => packagesAreFresh(root) && buildIsFresh(root);

const bringUpToDate = (root, say) => {
  if (!packagesAreFresh(root) && !installPackages(root, say)) return false;
  return buildIsFresh(root) || build(root, say);
};

/** Installs and builds what is missing or stale. False when that failed; the reason has been said. */
export const prepare = async (root, { say }) => {
  if (!isCheckout(root) || isFresh(root)) return true;
  const onWait = () => say('Another command of this checkout installs or builds; waiting for it.');
  return await withLock(join(root, '.shoal', 'prepare.lock'), onWait, () => bringUpToDate(root, say));
};
