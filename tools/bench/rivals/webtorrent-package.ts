import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../run/project.js';

const VERSION = '2.8.5';
/** Beside the checkout's other local state: it is no dependency of the project. */
const FOLDER = join(PROJECT_ROOT, '.shoal', 'bench', `webtorrent-${VERSION}`);
const MODULE = join(FOLDER, 'node_modules', 'webtorrent', 'index.js');

const PACKAGE = {
  name: 'shoal-bench-webtorrent',
  private: true,
  dependencies: { webtorrent: VERSION },
  // The newer one breaks this version of webtorrent.
  overrides: { 'uint8-util': '2.2.5' },
};

/** Where `webtorrent` can be imported from; undefined when it is not installed. */
export const webtorrentModule = (): string | undefined => (existsSync(MODULE) ? MODULE : undefined);

const npmInstall = async (): Promise<boolean> => {
  // Without scripts: they would build WebRTC, which is not used.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', args, { cwd: FOLDER, stdio: 'ignore' });
  const [code] = (await once(child, 'close').catch(() => [1])) as [number | null];
  return code === 0;
};

/** Installs it from the npm registry, if that is allowed. */
export const provideWebtorrent = async (
  say: (line: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> => {
  if (webtorrentModule() !== undefined || environment['SHOAL_NO_INSTALL'] === '1') return;
  say(
    `webtorrent ${VERSION}: not there. Installing it from npm into .shoal/bench; SHOAL_NO_INSTALL=1 would forbid it.`,
  );
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify(PACKAGE, null, 2));
  if (!(await npmInstall())) say('npm could not install webtorrent; the bench goes on without it.');
};
