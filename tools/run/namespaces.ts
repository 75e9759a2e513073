import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** Where `ip netns` keeps names. */
const FOLDER = '/run/netns';

/** What the names of a run's network namespaces begin with. */
export const namespacePrefix = (runId: string): string => `shoal-${runId}-`;

const namespacesOf = (runId: string): string[] => {
  try {
    return readdirSync(FOLDER).filter((name) => name.startsWith(namespacePrefix(runId)));
  } catch {
    return [];
  }
};

/** Removes the network namespaces of a run, with every link and address in them. Its processes must have ended. */
export const removeNamespaces = (runId: string): void => {
  for (const name of namespacesOf(runId)) {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    } catch {
      // Somebody else did it at the same time, or the next run will.
    }
  }
};
