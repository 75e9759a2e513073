/** `npm run demo`: the whole story with real processes. Exits with 0 only if every check in it held. */
import { access, constants, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatDuration, ShoalError } from '#core';
import { ANCHOR_PARTS, startNetwork, type Network, type RunningPeer } from '../network/network.js';
import { writeNetworkFile } from '../network/network-file.js';
import { runCommand, say, type Stop } from '../run/command.js';
import { PROJECT_ROOT } from '../run/project.js';
import { Run } from '../run/run.js';
import { plainTable } from '../run/plain-table.js';
import { startServices } from '../services/start-services.js';
import { sha256Of } from './files.js';
import { Moves } from './moves.js';
import { bigFile, killDuringDownload, shareBigFile } from './scene-crash.js';
import { oneMessage } from './scene-queue.js';
import { newcomerGetsSong, publisherLeaves, publishSong, showManifest, spreadSong } from './scene-song.js';
import type { Stage } from './stage.js';
import { Story } from './story.js';

const USAGE = `npm run demo [-- FILE] [--peers N] [--keep]

  FILE         the file of the first half (default: a song that comes with the project)
  --peers N    how many peers (default 5, from 5 to 20)
  --keep       stay up at the end, until Ctrl-C
`;
const PEERS_MIN = 5;
const PEERS_MAX = 20;
/** Larger files would make the first half long; the second half has a large one of its own. */
const FILE_MAX = 64 * 1_024 * 1_024;

interface Options {
  readonly file: string;
  readonly peers: number;
  readonly keep: boolean;
}

const readOptions = (): Options | undefined => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peers: { type: 'string', default: '5' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const peers = Number(values.peers);
  if (!Number.isInteger(peers) || peers < PEERS_MIN || peers > PEERS_MAX) {
    throw new ShoalError('bad-config', `--peers is "${values.peers}"`, {
      hint: `It wants a number from ${PEERS_MIN} to ${PEERS_MAX}.`,
    });
  }
  const own = join(PROJECT_ROOT, 'tools', 'demo', 'music.txt');
  return { file: resolve(process.env['INIT_CWD'] ?? '.', positionals[0] ?? own), peers, keep: values.keep };
};

/** @throws ShoalError with what to change */
const checkFile = async (path: string): Promise<void> => {
  const hint = 'Name a readable file of 4 KiB to 64 MiB, or leave it out.';
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || !facts.isFile())
    throw new ShoalError('not-found', `there is no file ${path}`, { hint });
  if (facts.size < 4_096 || facts.size > FILE_MAX) {
    throw new ShoalError('bad-size', `${path} has ${facts.size} bytes`, { hint });
  }
  await access(path, constants.R_OK).catch(() => {
    throw new ShoalError('not-allowed', `${path} cannot be read`, { hint });
  });
};

const raiseCurtain = async (run: Run, options: Options, story: Story): Promise<Stage> => {
  story.step('RabbitMQ, Redis, two anchors and the peers start');
  const services = await startServices(run, { say: (line) => story.say(line) });
  const network = await startNetwork(run, services, {
    anchors: ['server1', 'server2'],
    peers: Array.from({ length: options.peers }, (_, index) => ({ name: `host${index + 1}` })),
  });
  for (const { name, processes } of network.anchors.values()) {
    story.say(`anchor ${name}: ${ANCHOR_PARTS.map((part) => `${part} ${processes[part].pid}`).join(', ')}`);
  }
  const peers = inOrder(network);
  story.say(`peers: ${peers.map(({ name, process }) => `${name} ${process.pid}`).join(', ')}`);
  const first = peers.filter(({ announced }) => announced['anchor'] === 'server1').length;
  story.check(
    first === peers.length,
    `all ${peers.length} peers joined through server1, the first of their list`,
  );
  const song = { path: options.file, name: basename(options.file), sha256: await sha256Of(options.file) };
  return { run, services, network, story, moves: new Moves(), song };
};

/** host1, host2, ... whoever was up first. */
const inOrder = (network: Network): RunningPeer[] =>
  [...network.peers.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));

const play = async (stage: Stage): Promise<void> => {
  const { network, story } = stage;
  const peers = inOrder(network);
  const [publisher, second, third, fourth, fifth] = peers as [
    RunningPeer,
    RunningPeer,
    RunningPeer,
    RunningPeer,
    RunningPeer,
  ];
  const chunkCount = await publishSong(stage, publisher);
  await spreadSong(stage, [second, third, fourth], chunkCount);
  await showManifest(stage);
  await publisherLeaves(stage, publisher);
  const newcomer = await newcomerGetsSong(stage, `host${peers.length + 1}`);
  const big = await bigFile();
  await shareBigFile(stage, second, third, big);
  await killDuringDownload(stage, fifth, third, 'server1', big);
  await oneMessage(stage, newcomer, big);
  story.step('What moved from whom to whom');
  const { head, rows } = stage.moves.table();
  story.say(plainTable(head, rows));
};

const finale = ({ services, network, run, story }: Stage, startedAt: number): void => {
  if (services.adminUrl !== undefined) {
    const { user, password } = services.adminLogin ?? { user: '', password: '' };
    story.step(`The broker's admin page: ${services.adminUrl}  (user ${user}, password ${password})`);
    story.say(`its queues and exchanges begin with "${network.id}."; it ends with this command`);
  }
  say('');
  say(
    `All ${story.checked} checks held, in ${formatDuration(Date.now() - startedAt)}. Logs were in ${join(run.folder, 'logs')}.`,
  );
};

const main = async (stop: Stop): Promise<number> => {
  const options = readOptions();
  if (options === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  await checkFile(options.file);
  const run = await Run.open({ command: 'npm run demo' });
  const startedAt = Date.now();
  const story = new Story(say);
  let network: Network | undefined;
  try {
    const stage = await stop.unlessStopped(raiseCurtain(run, options, story));
    network = stage.network;
    await stop.unlessStopped(play(stage));
    finale(stage, startedAt);
    if (options.keep) {
      const file = join(PROJECT_ROOT, '.shoal', 'network.json');
      writeNetworkFile(file, run, network);
      say(`It stays up; npx shoal finds it. Ctrl-C ends it.`);
      await stop.requested;
    }
    return 0;
  } finally {
    await network?.stop();
    await network?.services.stop();
    await run.close();
  }
};

await runCommand(main);
