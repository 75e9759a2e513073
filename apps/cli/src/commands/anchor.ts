import { ANCHOR_NAME_PATTERN, ShoalError } from '#core';
import { onParentGone } from '#platform/parent';
import { programFile } from '#platform/program';
import { logFormat, print, styleOf, untilAborted, type Context } from '../context.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { Supervised, type SupervisorOutput } from '../supervise/supervised.js';

export interface AnchorOptions {
  readonly name: string;
  readonly amqp?: string | undefined;
  readonly redis?: string | undefined;
  readonly network?: string | undefined;
}

const KINDS = ['connection', 'manifest', 'transfer'] as const;
const PORT_MAX = 65_535;

/** Runs the three processes of an anchor until it is interrupted. */
export const anchor = async (options: AnchorOptions, context: Context): Promise<ExitCode> => {
  const env = { ...anchorEnvironment(options, context.env), ...logFormat(context) };
  const end = endSignal(context);
  const output = outputOf(context);
  const processes = KINDS.map((name, index) => {
    const plan = { name, program: programFile(name), env: { ...env, ...healthPort(env, index) } };
    return new Supervised(plan, output, context.now);
  });
  const running = Promise.all(processes.map((one) => one.run()));
  output.say(`anchor ${options.name}: ${KINDS.join(', ')}; Ctrl-C stops all three`);
  await untilAborted(end);
  output.say('stopping');
  await Promise.all(processes.map((one) => one.stop()));
  await running;
  return EXIT.ok;
};

/** Raised by Ctrl-C, SIGTERM, or the end of the process that started this one. */
const endSignal = (context: Context): AbortSignal => {
  const gone = new AbortController();
  onParentGone(context.env, () => gone.abort());
  return AbortSignal.any([context.interrupts(), gone.signal]);
};

/** @throws ShoalError `bad-config` that says what is missing */
export const anchorEnvironment = (options: AnchorOptions, env: Context['env']): NodeJS.ProcessEnv => {
  if (!ANCHOR_NAME_PATTERN.test(options.name)) {
    throw new ShoalError('bad-config', `--name is "${options.name}"`, {
      hint: 'It wants lower-case letters, digits and "-", at most 32: server1.',
    });
  }
  const amqp = options.amqp ?? env['AMQP_URL'];
  const redis = options.redis ?? env['REDIS_URL'];
  if (amqp === undefined || amqp === '')
    throw missing('AMQP_URL', '--amqp', 'amqp://user:password@host:5672');
  if (redis === undefined || redis === '') throw missing('REDIS_URL', '--redis', 'redis://host:6379');
  healthPort(env, KINDS.length - 1);
  return {
    ...env,
    ANCHOR_NAME: options.name,
    AMQP_URL: amqp,
    REDIS_URL: redis,
    ...(options.network === undefined ? {} : { SHOAL_NETWORK: options.network }),
  };
};

/**
 * The three processes cannot share a port: each has the next one.
 * @throws ShoalError `bad-config` when there is no such port
 */
export const healthPort = (env: Context['env'], index: number): { HEALTH_PORT?: string } => {
  const text = env['HEALTH_PORT'];
  if (text === undefined || text === '') return {};
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (port === 0) return { HEALTH_PORT: '0' };
  if (port + KINDS.length - 1 <= PORT_MAX) return { HEALTH_PORT: String(port + index) };
  throw new ShoalError('bad-config', `HEALTH_PORT is "${text}"`, {
    hint: `It wants a port up to ${PORT_MAX - KINDS.length + 1}: ${KINDS.join(', ')} listen on it and on the next ones.`,
  });
};

const missing = (variable: string, flag: string, example: string): ShoalError =>
  new ShoalError('bad-config', `${variable} is not set`, {
    hint: `Set ${variable} or ${flag} to something like ${example}. \`npm start\` brings everything up by itself.`,
  });

const outputOf = (context: Context): SupervisorOutput => {
  const style = styleOf(context, context.stdout);
  return {
    line: (name, text) => print(context, `${style.dim(name.padEnd(10))} ${clean(text)}`),
    say: (text) => print(context, `${style.bold('anchor'.padEnd(10))} ${text}`),
  };
};
