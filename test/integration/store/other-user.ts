import { chmod } from 'node:fs/promises';

/** Nobody, on the systems that tests run on. */
const NOBODY = 65_534;

/** Runs a task as a user who may not do everything: root may read and write whatever the modes say. */
export const asOtherUser = async (folder: string, task: () => Promise<void>): Promise<void> => {
  if (process.geteuid?.() !== 0) return task();
  await chmod(folder, 0o755);
  process.seteuid?.(NOBODY);
  try {
    await task();
  } finally {
    process.seteuid?.(0);
  }
};
