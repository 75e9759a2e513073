import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ShoalError } from '#core';
import { DEFAULT_NETWORK, fields, parseWith } from '#contracts';
import { z } from 'zod';

/** Written by `npm start` into its project, removed when that network ends. */
export const NETWORK_FILE = join('.shoal', 'network.json');

const path = z.string().min(1).max(4_096);

/** What `shoal` reads of the file; it may hold more. */
export const networkFile = z.object({
  network: z.string().max(63).default(DEFAULT_NETWORK),
  /** `name=url,...` with the broker user that is meant for people. */
  anchors: z.string().min(1).max(10_000),
  /** The broker's admin page. */
  admin: z.object({ url: z.url().max(1_000) }).optional(),
  peers: z
    .array(
      z.object({
        name: fields.peerName,
        controlSocket: path,
        roots: z.array(path).max(100),
      }),
    )
    .max(1_000)
    .default([]),
});
export type NetworkFile = z.output<typeof networkFile>;

export interface FoundNetworkFile extends NetworkFile {
  /** Where it was found. */
  readonly path: string;
}

/** The file of the nearest folder upwards from `folder`. @throws ShoalError `bad-config` when it cannot be read */
export const findNetworkFile = (folder: string): FoundNetworkFile | undefined => {
  for (let here = folder; ; here = dirname(here)) {
    const file = join(here, NETWORK_FILE);
    const text = readIfThere(file);
    if (text !== undefined) return { ...parseNetworkFile(text, file), path: file };
    if (dirname(here) === here) return undefined;
  }
};

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw unreadable(file, error);
  }
};

const parseNetworkFile = (text: string, file: string): NetworkFile => {
  try {
    return parseWith(networkFile, JSON.parse(text), 'it');
  } catch (error) {
    throw unreadable(file, error);
  }
};

const unreadable = (file: string, cause: unknown): ShoalError =>
  new ShoalError('bad-config', `${file} cannot be read: ${(cause as Error).message}`, {
    cause,
    hint: 'Start the network anew with `npm start`, or give --anchors.',
  });
