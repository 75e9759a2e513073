import { existsSync, readFileSync } from 'node:fs';

/** The project, seen from a bundle, from the sources, and from the compiled files, which lie one folder deeper. */
const PLACES = ['../../', '../../../', '../../../../'];
/** Digits of the build that people see. */
const BUILD_DIGITS = 12;

export const softwareVersion = (): string => {
  for (const place of PLACES) {
    const text = readIfThere(`${place}package.json`);
    if (text === undefined) continue;
    const { name, version } = JSON.parse(text) as { name?: string; version?: string };
    if (name === 'shoal' && version !== undefined) return version;
  }
  return 'unknown';
};

let known: string | undefined;

/** As a peer names itself to the network and on its control socket. */
export const software = (): string => (known ??= `shoal ${softwareVersion()}`);

/** Everything that has a version, for `--version`. */
export const versionText = async (): Promise<string> => {
  const [{ PROTOCOL_VERSION }, { LOCAL_API_VERSION, SCHEMA_VERSION }] = await Promise.all([
    import('#wire'),
    import('#contracts'),
  ]);
  return [
    software(),
    `chunk protocol ${PROTOCOL_VERSION}, messages ${SCHEMA_VERSION}, control API ${LOCAL_API_VERSION}`,
    `build ${buildId()}, Node ${process.version}`,
  ].join('\n');
};

/** Changes with every source of the build that runs; `sources` where nothing was built. */
const buildId = (): string => {
  for (const place of PLACES) {
    const stamp = readIfThere(`${place}dist/.shoal-stamp`);
    if (stamp !== undefined) return stamp.trim().slice(0, BUILD_DIGITS);
  }
  return 'sources';
};

const readIfThere = (place: string): string | undefined => {
  const url = new URL(place, import.meta.url);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
};
