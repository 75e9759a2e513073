import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** What the installed packages depend on. */
const wantedStamp = (root) => {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) hash.update(read(join(root, file))).update('\0');
  return hash.update(`${process.versions.modules} ${process.platform} ${process.arch}`).digest('hex');
};

const stampFile = (root) => join(root, 'node_modules', '.shoal-stamp');

/** Packages of a lock file with their versions, without the project itself. */
const locked = (text) =>
  Object.entries(text === '' ? {} : (JSON.parse(text).packages ?? {})).filter(([path]) => path !== '');

/**
 * True when npm itself notes every package of the lock file as installed (`npm install` by hand leaves no stamp of ours).
 * Optional ones may be missing: they are for other platforms.
 */
const installedByHand = (root) => {
  const installed = new Map(locked(read(join(root, 'node_modules', '.package-lock.json'))));
  if (installed.size === 0) return false;
  return locked(read(join(root, 'package-lock.json'))).every(
    ([path, { version, optional }]) => optional === true || installed.get(path)?.version === version,
  );
};

export const packagesAreFresh = (root) => read(stampFile(root)) === wantedStamp(root);

const npm = () =>
  process.env.npm_execpath === undefined || !/npm-cli\.js$/.test(process.env.npm_execpath)
    ? { command: 'npm', args: [] }
    : { command: process.execPath, args: [process.env.npm_execpath] };

/** Installs exactly what the lock file says. False when npm failed; it has said why. */
export const installPackages = (root, say) => {
  const remember = () => {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    writeFileSync(stampFile(root), wantedStamp(root));
    return true;
  };
  if (installedByHand(root)) return remember();
  say(
    `Installing npm packages (npm ci): they are ${existsSync(join(root, 'node_modules')) ? 'out of date' : 'missing'}.`,
  );
  const { command, args } = npm();
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(command, [...args, ...options], {
    cwd: root,
    // npm's own output belongs to the messages, not to the output of the command.
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return remember();
  say(error === undefined ? 'npm ci failed.' : `npm cannot be started: ${error.message}`);
  return false;
};
