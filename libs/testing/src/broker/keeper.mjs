// Runs one private RabbitMQ for tests: own folder, cookie, user, ports and epmd, all on loopback. Ends it and removes its
// folder when whoever wanted it goes: the parent at the other end of the IPC channel, or the process named by `--watch`.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const CONTROL = '/usr/lib/rabbitmq/bin/rabbitmqctl';
const START_TIMEOUT = 60_000;
const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

const freePorts = async (count) => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

const folder = mkdtempSync(join(tmpdir(), 'shoal-test-rabbit-'));
const password = randomBytes(12).toString('hex');
const [port, managementPort, distributionPort, epmdPort] = await freePorts(4);

const configure = () => {
  for (const name of ['home', 'data', 'log']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'plugins'), '[rabbitmq_management, rabbitmq_event_exchange].\n');
  writeFileSync(
    join(folder, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      `management.tcp.ip = 127.0.0.1`,
      `management.tcp.port = ${managementPort}`,
      'default_user = shoal',
      `default_pass = ${password}`,
      'disk_free_limit.absolute = 50MB',
      'log.console = true',
      'log.console.level = info',
      'log.file = false',
      '',
    ].join('\n'),
  );
};

const environment = {
  PATH: process.env.PATH,
  HOME: join(folder, 'home'),
  LANG: 'C.UTF-8',
  ERL_EPMD_PORT: String(epmdPort),
  ERL_EPMD_ADDRESS: '127.0.0.1',
  RABBITMQ_NODENAME: `shoal-${process.pid}@localhost`,
  RABBITMQ_CONF_ENV_FILE: '/dev/null',
  RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
  RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
  RABBITMQ_MNESIA_BASE: join(folder, 'data'),
  RABBITMQ_LOG_BASE: join(folder, 'log'),
  RABBITMQ_PID_FILE: join(folder, 'pid'),
  RABBITMQ_DIST_PORT: String(distributionPort),
  RABBITMQ_ALLOW_INPUT: '1',
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput +S 2:2 -kernel inet_dist_use_interface {127,0,0,1}',
};

let epmd;
let server;

const exited = (child) =>
  child === undefined || child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));

const startServer = () =>
  new Promise((resolve, reject) => {
    const child = spawn(SERVER, [], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    server = child;
    let output = '';
    const late = setTimeout(() => reject(new Error(`RabbitMQ did not start:\n${output}`)), START_TIMEOUT);
    const read = (text) => {
      output = (output + text).slice(-20_000);
      if (!output.includes('Server startup complete')) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`RabbitMQ ended with ${code}:\n${output}`)));
  });

const stopServer = async (signal) => {
  server?.kill(signal);
  await exited(server);
};

const end = async () => {
  await stopServer('SIGKILL');
  epmd?.kill('SIGKILL');
  await exited(epmd);
  rmSync(folder, { recursive: true, force: true });
  const ready = option('--ready');
  // The lock of the run that wanted it lies around the file.
  if (ready !== undefined) rmSync(dirname(ready), { recursive: true, force: true });
  process.exit(0);
};

/** Runs one command of the administrator's tool. */
const control = async (...words) => {
  const env = { ...environment, RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '' };
  const child = spawn(CONTROL, ['--node', environment.RABBITMQ_NODENAME, ...words], { env, stdio: 'ignore' });
  await exited(child);
  if (child.exitCode !== 0) throw new Error(`rabbitmqctl ${words.join(' ')} ended with ${child.exitCode}`);
};

const COMMANDS = {
  block: () => control('set_vm_memory_high_watermark', '0.000001'),
  unblock: () => control('set_vm_memory_high_watermark', '0.4'),
  kill: () => stopServer('SIGKILL'),
  shutdown: () => stopServer('SIGTERM'),
  start: () => startServer(),
};

const serve = () => {
  process.on('message', ({ id, command }) => {
    COMMANDS[command]().then(
      () => process.send?.({ id }),
      (error) => process.send?.({ id, error: String(error) }),
    );
  });
};

const watch = (pid) => {
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch {
      void end();
    }
  }, 500);
};

process.on('disconnect', () => void end());
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => {});
const watched = option('--watch');
if (watched !== undefined) watch(Number(watched));

configure();
epmd = spawn('epmd', ['-address', '127.0.0.1', '-port', String(epmdPort)], { stdio: 'ignore' });
try {
  await startServer();
} catch (error) {
  process.send?.({ error: String(error) });
  console.error(error);
  await end();
}
serve();
const facts = {
  url: `amqp://shoal:${password}@127.0.0.1:${port}`,
  managementUrl: `http://shoal:${password}@127.0.0.1:${managementPort}`,
};
process.send?.({ ready: facts });
const readyFile = option('--ready');
if (readyFile !== undefined) {
  writeFileSync(`${readyFile}.part`, JSON.stringify(facts), { mode: 0o600 });
  renameSync(`${readyFile}.part`, readyFile);
}
