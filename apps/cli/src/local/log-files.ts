import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ShoalError } from '#core';
import { allCandidates, isPath, oneShotCandidates, type PeerQuestion } from './candidates.js';
import { dataHome } from './data-home.js';
import { peersElsewhere } from './elsewhere.js';

/** The folder of a daemon's log files in its data folder, and the only log of a one-shot peer. */
const FOLDER = 'logs';
const ONE_SHOT_LOG = 'peer.log';

/** Where a peer of this machine keeps its log. */
export interface LogPlace {
  readonly name: string;
  readonly dataFolder: string;
}

/** Every peer of this user that has a log, running or not. */
export const logPlaces = (question: PeerQuestion): LogPlace[] => {
  const known = [...allCandidates(question), ...oneShotCandidates(question)].map(
    ({ name, controlSocket }) => ({
      name,
      dataFolder: dirname(controlSocket),
    }),
  );
  const ended = foldersIn(dataHome(question.env)).map((name) => ({
    name,
    dataFolder: join(dataHome(question.env), name),
  }));
  const all = new Map(
    [...ended, ...peersElsewhere(question.env), ...known].map((place) => [place.dataFolder, place]),
  );
  return [...all.values()].filter((place) => logFilesOf(place).length > 0);
};

/** @throws ShoalError `not-found`, `bad-config` when there are several and none is named */
export const logPlaceOf = (question: PeerQuestion): LogPlace => {
  const { peer } = question;
  if (peer !== undefined && isPath(peer)) return { name: peer, dataFolder: dirname(peer) };
  const places = logPlaces(question);
  const fitting = peer === undefined ? places : places.filter(({ name }) => name === peer);
  const [only, ...others] = fitting;
  if (only === undefined) {
    throw new ShoalError(
      'not-found',
      peer === undefined ? 'no peer has a log here' : `no peer "${peer}" has a log here`,
      {
        hint:
          places.length === 0
            ? 'Start one with `shoal peer`.'
            : `There are: ${places.map(({ name }) => name).join(', ')}`,
      },
    );
  }
  if (others.length === 0) return only;
  throw new ShoalError('bad-config', 'several peers have a log here; which one?', {
    hint: `Name it: ${fitting.map(({ name }) => `--peer ${name}`).join(', ')}`,
  });
};

/** The oldest first; the last one is the one that is written. */
export const logFilesOf = ({ dataFolder }: LogPlace): string[] => {
  const folder = join(dataFolder, FOLDER);
  const numbered = namesIn(folder)
    .map((name) => /^peer\.(\d{1,9})\.log$/.exec(name))
    .filter((match) => match !== null)
    .sort((a, b) => Number(a[1]) - Number(b[1]))
    .map((match) => join(folder, match[0]));
  if (numbered.length > 0) return numbered;
  const single = join(dataFolder, ONE_SHOT_LOG);
  return existsSync(single) ? [single] : [];
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const foldersIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
};
