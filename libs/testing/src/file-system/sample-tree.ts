import { join } from 'node:path';
import type { FakeFileSystem } from './fake-file-system.js';
import { sampleFile } from './sample-file.js';

/** A small tree with everything that a tree can have, durable. */
export const makeSampleTree = async (fs: FakeFileSystem, root: string): Promise<void> => {
  const file = async (path: string, bytes: Uint8Array, mode: number): Promise<void> => {
    const open = await fs.createFile(join(root, path), mode);
    await open.write(bytes, 0);
    await open.close();
  };
  await fs.makeFolder(root);
  for (const path of ['sub', 'sub/deep', 'nothing-in-it']) await fs.createFolder(join(root, path));
  await file('a', Buffer.from('hello'), 0o644);
  await file('empty', Buffer.alloc(0), 0o600);
  await file('sub/big', sampleFile(2_500).bytes, 0o755);
  await file('sub/deep/é', Buffer.from('x'), 0o444);
  await file('z', Buffer.from('the last'), 0o640);
  await fs.createLink(join(root, 'link'), 'sub/big');
  await fs.createLink(join(root, 'sub/deep/up'), '../../a');
  await fs.setMode(join(root, 'sub/deep'), 0o555);
  await fs.syncAll(root);
};

/** Everything below a folder, as a text for each path. */
export const listing = async (fs: FakeFileSystem, root: string): Promise<string[]> => {
  const lines: string[] = [];
  for (const name of await fs.list(root)) {
    const path = join(root, name);
    const { kind, mode } = await fs.lstat(path);
    if (kind === 'link') lines.push(`${name} -> ${await fs.readLink(path)}`);
    else lines.push(`${name} ${kind} ${mode.toString(8)}`);
    if (kind === 'file') lines.push(Buffer.from(fs.bytesOf(path) ?? []).toString('base64'));
    if (kind === 'folder') lines.push(...(await listing(fs, path)).map((line) => `${name}/${line}`));
  }
  return lines.sort();
};
