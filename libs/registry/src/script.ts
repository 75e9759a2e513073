import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisConnection } from './redis.js';

/** A Lua script: one atomic change, or one consistent read. KEYS[1] is always the prefix of the network's keys. */
export interface Script {
  readonly command: string;
  readonly lua: string;
}

export type Argument = string | number | Buffer;
/** What a script returns; Lua's `false` is null. */
export type Reply = Buffer | number | null | readonly Reply[];

/** A script by its text; two with the same text are the same command. */
export const script = (lua: string): Script => ({
  command: `shoal${createHash('sha1').update(lua).digest('hex')}`,
  lua,
});

type ScriptCommand = (prefix: string, args: readonly Argument[]) => Promise<Reply>;

/** Runs scripts on one connection and one prefix. */
export class ScriptRunner {
  private readonly defined = new Set<string>();

  constructor(
    readonly connection: RedisConnection,
    readonly prefix: string,
  ) {}

  /** @throws ShoalError `redis-away`, `internal` */
  run(code: Script, ...args: readonly Argument[]): Promise<Reply> {
    return this.connection.call((client) => this.command(client, code)(this.prefix, args));
  }

  private command(client: Redis, code: Script): ScriptCommand {
    if (!this.defined.has(code.command)) {
      client.defineCommand(code.command, { lua: code.lua, numberOfKeys: 1 });
      this.defined.add(code.command);
    }
    const commands = client as unknown as Record<string, ScriptCommand>;
    return (commands[`${code.command}Buffer`] as ScriptCommand).bind(client);
  }
}

/** A reply that is a string. */
export const text = (reply: Reply | undefined): string => {
  if (Buffer.isBuffer(reply)) return reply.toString();
  if (typeof reply === 'number') return String(reply);
  throw new TypeError('a script returned something else than a string');
};

/** A reply that is a string, or undefined for Lua's `false`. */
export const optionalText = (reply: Reply | undefined): string | undefined =>
  reply === null || reply === undefined ? undefined : text(reply);

export const numberIn = (reply: Reply | undefined): number => Number(text(reply));

export const list = (reply: Reply | undefined): readonly Reply[] => {
  if (Array.isArray(reply)) return reply as readonly Reply[];
  throw new TypeError('a script returned something else than a list');
};
