import { hostname, homedir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import {
  LABEL_KEY_PATTERN,
  LABEL_VALUE_PATTERN,
  NETWORK_ID_PATTERN,
  parseRate,
  parseSize,
  PEER_NAME_PATTERN,
  ShoalError,
} from '#core';
import { anchorsOfUrls, DEFAULT_NETWORK, parseAnchors, type Anchor } from '#contracts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The first free port from `port` to this one is taken. */
  readonly lastPort?: number;
}

export interface PeerConfig {
  readonly anchors: readonly Anchor[];
  readonly networkId: string;
  readonly name: string;
  readonly listen: ListenAddress;
  readonly advertise: { readonly host: string; readonly port?: number };
  readonly roots: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly dataFolder: string;
  readonly maxUp?: number;
  readonly maxDown?: number;
  /** Whether it keeps log files in its data folder, beside what it says on stdout. */
  readonly keepsLog: boolean;
  /** Whether others may order downloads here. A one-shot peer in somebody's folder takes no orders. */
  readonly takesCommands: boolean;
  /** Bytes that others may place here; undefined for a peer that is no place for files. */
  readonly storageMax?: number | 'default';
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The peer's configuration from the environment (docs/OPERATIONS.md has the table).
 * @throws ShoalError `bad-config` that names the variable, what it got and what it wants
 */
export const peerConfigFrom = (env: Env): PeerConfig => {
  const name = matching(env, 'PEER_NAME', PEER_NAME_PATTERN, 'letters, digits, "_" and "-"', defaultName());
  const listen = listenFrom(env['PEER_LISTEN'] ?? '127.0.0.1:0');
  const dataFolder = resolve(env['PEER_DATA'] ?? join(dataHome(env), 'shoal', name));
  return {
    anchors: anchorsFrom(env),
    networkId: matching(
      env,
      'SHOAL_NETWORK',
      NETWORK_ID_PATTERN,
      'lower-case letters, digits and "-"',
      DEFAULT_NETWORK,
    ),
    name,
    listen,
    advertise: advertiseFrom(env['PEER_ADVERTISE'], listen),
    roots: rootsFrom(env['PEER_ROOTS'], dataFolder),
    labels: labelsFrom(env['PEER_LABELS'] ?? ''),
    dataFolder,
    ...rate(env, 'MAX_UP', 'maxUp'),
    ...rate(env, 'MAX_DOWN', 'maxDown'),
    ...storage(env),
    keepsLog: matching(env, 'PEER_LOG', /^(on|off)$/, 'on or off', 'on') === 'on',
    takesCommands: matching(env, 'PEER_COMMANDS', /^(on|off)$/, 'on or off', 'on') === 'on',
  };
};

const wrong = (variable: string, got: string, wants: string): ShoalError =>
  new ShoalError('bad-config', `${variable} is "${got}"`, { hint: `${variable} wants ${wants}.` });

const matching = (env: Env, variable: string, pattern: RegExp, wants: string, otherwise: string): string => {
  const value = env[variable] ?? otherwise;
  if (!pattern.test(value)) throw wrong(variable, value, wants);
  return value;
};

const anchorsFrom = (env: Env): Anchor[] => {
  const list = env['ANCHORS']?.trim();
  if (list !== undefined && list !== '') return parseAnchors(list, 'ANCHORS');
  const urls = env['AMQP_URL']?.trim();
  if (urls !== undefined && urls !== '') return anchorsOfUrls(urls, 'AMQP_URL');
  throw new ShoalError('bad-config', 'no anchor is known: neither ANCHORS nor AMQP_URL is set', {
    hint: 'Set ANCHORS to a list like server1=amqp://host1:5672,server2=amqp://host2:5672.',
  });
};

/** `host`, `host:port`, `host:first-last`, `[v6]:port`. */
const listenFrom = (text: string): ListenAddress => {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(text);
  const port = Number(match?.[2] ?? 0);
  const lastPort = match?.[3] === undefined ? undefined : Number(match[3]);
  if (match === null || port > 65_535 || (lastPort !== undefined && (lastPort > 65_535 || lastPort < port))) {
    throw wrong('PEER_LISTEN', text, 'host, host:port, host:first-last or [v6]:port');
  }
  const host = (match[1] as string).replace(/^\[|\]$/g, '');
  return { host, port, ...(lastPort === undefined ? {} : { lastPort }) };
};

const advertiseFrom = (text: string | undefined, listen: ListenAddress): PeerConfig['advertise'] => {
  if (text === undefined) {
    if (listen.host === '0.0.0.0' || listen.host === '::') {
      throw new ShoalError('bad-config', `PEER_LISTEN is ${listen.host}, which no other machine can dial`, {
        hint: 'Set PEER_ADVERTISE (--advertise) to the name or address under which other peers reach this machine.',
      });
    }
    return { host: listen.host };
  }
  const { host, port } = listenFrom(text);
  return port === 0 ? { host } : { host, port };
};

const rootsFrom = (text: string | undefined, dataFolder: string): string[] =>
  text === undefined || text === ''
    ? [join(dataFolder, 'files')]
    : text
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => resolve(folder));

/** `rack=b,role=edge`. */
const labelsFrom = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [key, value, ...rest] = pair.trim().split('=');
    if (
      key === undefined ||
      value === undefined ||
      rest.length > 0 ||
      !LABEL_KEY_PATTERN.test(key) ||
      !LABEL_VALUE_PATTERN.test(value)
    ) {
      throw wrong('PEER_LABELS', text, 'pairs like rack=b,role=edge');
    }
    labels[key] = value;
  }
  return labels;
};

const rate = <K extends 'maxUp' | 'maxDown'>(env: Env, variable: string, key: K): { [P in K]?: number } => {
  const text = env[variable];
  if (text === undefined || text === '') return {};
  try {
    const bytes = parseRate(text);
    if (bytes > 0) return { [key]: bytes } as { [P in K]?: number };
  } catch {
    // Said below.
  }
  throw wrong(variable, text, 'a rate like 10MB, 50Mbit or 500KiB');
};

/** A peer that takes no orders is here for a moment only. */
const storage = (env: Env): Pick<PeerConfig, 'storageMax'> => {
  if (env['PEER_COMMANDS'] === 'off') return {};
  const text = env['PEER_STORAGE_MAX']?.trim() ?? '';
  if (text === '') return { storageMax: 'default' };
  try {
    return { storageMax: parseSize(text) };
  } catch {
    throw wrong('PEER_STORAGE_MAX', text, 'a size like 20GiB, or 0 to keep nothing for others');
  }
};

const defaultName = (): string => {
  const name = (hostname().split('.')[0] ?? '').replace(/[^a-zA-Z0-9_-]/g, '-').slice(0, 63);
  return PEER_NAME_PATTERN.test(name) ? name : 'peer';
};

/** As the XDG base directories have it: what is empty or relative counts as not set. */
const dataHome = (env: Env): string => {
  const given = env['XDG_DATA_HOME'] ?? '';
  return isAbsolute(given) ? given : join(env['HOME'] || homedir(), '.local', 'share');
};
