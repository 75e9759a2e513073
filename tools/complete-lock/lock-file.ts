/**
 * npm writes only those optional packages into the lock file that the registry offers. Some registries offer those of one
 * platform only, and `npm ci` then refuses the file everywhere: it misses the others. The missing entries follow from what
 * the lock file says about the packages that want them.
 */

export interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface MissingPackage {
  /** Path of the package that wants it. */
  readonly wantedBy: string;
  readonly name: string;
  /** An exact version, or the lowest of a range. */
  readonly version: string;
}

/** Where Node looks for `name` from the package at `path`, nearest first. */
const lookups = (path: string, name: string): string[] => {
  const places = [`${path}/node_modules/${name}`];
  for (
    let at = path.lastIndexOf('/node_modules/');
    at >= 0;
    at = path.lastIndexOf('/node_modules/', at - 1)
  ) {
    places.push(`${path.slice(0, at)}/node_modules/${name}`);
  }
  return [...places, `node_modules/${name}`];
};

const lowestOf = (range: string): string => range.replace(/^[^\d]*/, '').split(/[\s|]/)[0] ?? '';

export const missingFrom = ({ packages }: LockFile): MissingPackage[] =>
  Object.entries(packages).flatMap(([wantedBy, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !lookups(wantedBy, name).some((place) => packages[place]?.version !== undefined))
      .map(([name, range]) => ({ wantedBy, name, version: lowestOf(range) })),
  );

const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openharmony',
  'sunos',
  'win32',
  'aix',
  'netbsd',
  'openbsd',
];
const PROCESSORS = [
  'arm64',
  'arm',
  'x64',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'wasm32',
  'mips64el',
];

/** Which platforms a package is for, from its name: `@swc/core-linux-arm64-musl`. */
export const platformOf = (name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> => {
  const words = (name.split('/').pop() as string).split('-');
  const os = name === 'fsevents' ? ['darwin'] : SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.includes('musl')
    ? ['musl']
    : os.includes('linux') && words.includes('gnu')
      ? ['glibc']
      : [];
  return {
    ...(os.length === 0 ? {} : { os }),
    ...(cpu.length === 0 ? {} : { cpu }),
    ...(libc.length === 0 ? {} : { libc }),
  };
};

/** npm writes `dev` only where it is true. */
const withoutFalse = (entry: LockedPackage): LockedPackage => {
  if (entry.dev !== false) return entry;
  const { dev: _dev, ...rest } = entry;
  return rest;
};

const byPath = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** The same lock file with an entry for each package that `missingFrom` finds. */
export const completed = <L extends LockFile>(lock: L): L => {
  const packages: Record<string, LockedPackage> = { ...lock.packages };
  for (const { wantedBy, name, version } of missingFrom(lock)) {
    const shared = `node_modules/${name}`;
    const taken = packages[shared]?.version;
    const place = taken === undefined || taken === version ? shared : `${wantedBy}/node_modules/${name}`;
    // Wanted by one package that is not for development only, it is not either.
    const isDev = lock.packages[wantedBy]?.dev === true && packages[place]?.dev !== false;
    packages[place] = { version, ...platformOf(name), dev: isDev, optional: true };
  }
  const entries = Object.entries(packages).map(([path, entry]) => [path, withoutFalse(entry)] as const);
  return { ...lock, packages: Object.fromEntries(entries.sort(byPath)) };
};
