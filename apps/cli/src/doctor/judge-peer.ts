import type { LocalStatus, ReplyBody } from '#contracts';
import { formatSize, GIB, MIB } from '#core';
import { addressOf } from '../output/manifest-table.js';
import { clean } from '../output/sanitize.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** Bytes of free space below which a folder is worth a word. */
const LITTLE = GIB;
const NOTHING = 64 * MIB;

export interface FolderLook {
  readonly path: string;
  /** Why it cannot be written; undefined when it can. */
  readonly problem?: string;
  readonly freeBytes?: number;
}

export interface PeerLook {
  readonly status: LocalStatus;
  /** What an anchor found when it knocked at the chunk port; undefined when no anchor could be asked. */
  readonly dialled?: ReplyBody<'connection.check'>['dialled'];
  readonly folders: readonly FolderLook[];
}

export const judgePeer = ({ status, dialled, folders }: PeerLook, software: string): Finding[] => [
  version(status, software),
  connection(status),
  engine(status),
  ...port(status, dialled),
  ...folders.map((folder) => judgeFolder(`peer ${clean(status.name)}`, folder)),
];

export const judgeFolder = (check: string, { path, problem, freeBytes }: FolderLook): Finding => {
  const where = `${check}: ${clean(path)}`;
  if (problem !== undefined) {
    return fail(
      where,
      problem,
      'Make it, give this user the right to write there, or choose another folder.',
    );
  }
  const free = freeBytes ?? Number.POSITIVE_INFINITY;
  if (free < NOTHING)
    return fail(where, `only ${formatSize(free)} are free`, 'Free some space on this disk.');
  if (free < LITTLE) return warn(where, `only ${formatSize(free)} are free`, 'Free some space on this disk.');
  return ok(where, freeBytes === undefined ? 'can be written' : `${formatSize(free)} free`);
};

const version = ({ name, software: theirs }: LocalStatus, software: string): Finding => {
  const check = `peer ${clean(name)}`;
  return theirs === software
    ? ok(check, `runs, ${clean(theirs)}`)
    : warn(check, `runs ${clean(theirs)}, this is ${software}`, 'Start it again to bring it up to date.');
};

const connection = ({ name, connected, anchor }: LocalStatus): Finding => {
  const check = `peer ${clean(name)}: network`;
  if (!connected)
    return fail(check, 'no connection to the broker', `\`shoal logs --peer ${clean(name)}\` says why.`);
  if (anchor !== undefined) return ok(check, `in, through ${clean(anchor)}`);
  return fail(check, 'no anchor has taken it', `\`shoal logs --peer ${clean(name)}\` says why.`);
};

const engine = ({ name, enginePid }: LocalStatus): Finding => {
  const check = `peer ${clean(name)}: engine`;
  if (enginePid !== undefined) return ok(check, `pid ${enginePid}`);
  return fail(
    check,
    'its engine process is down',
    `\`shoal logs --peer ${clean(name)}\` says why; it is started again.`,
  );
};

const port = (status: LocalStatus, dialled: PeerLook['dialled']): Finding[] => {
  const check = `peer ${clean(status.name)}: chunk port`;
  const where = addressOf(status);
  if (dialled === 'same') return [ok(check, `${where} answers when an anchor knocks`)];
  if (dialled === undefined) return [];
  if (dialled === 'other-incarnation') {
    return [warn(check, `${where} answers, but it has just connected anew`, 'Ask again in a moment.')];
  }
  return [
    fail(
      check,
      `nobody answers at ${where} when an anchor knocks: it is handed out to nobody`,
      'Listen on an address that other machines can reach (--listen, --advertise), and open its port in the firewall.',
    ),
  ];
};
