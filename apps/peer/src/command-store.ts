import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileError } from '#chunking';
import { fields, parseWith, type DownloadCommand, type StoreCommand } from '#contracts';
import { COMMANDS } from '#contracts';
import { z } from 'zod';

const fact = z.object({
  name: z.enum(['download.completed', 'download.failed']),
  body: z.unknown(),
});
const record = z.object({
  command: z.union([COMMANDS['command.download'], COMMANDS['command.store']]),
  /** Milliseconds since 1970. */
  acceptedAt: fields.timestamp,
  /** What came of it; undefined while it runs. */
  outcome: fact.optional(),
  /** The broker has confirmed the outcome. */
  told: z.boolean(),
});
/** Of one distribution: no command of a lower epoch is run any more. */
const ended = z.object({
  distributionId: fields.key,
  epoch: z.number().int().nonnegative(),
  keepParts: z.boolean(),
  /** Milliseconds since 1970. */
  endedAt: fields.timestamp,
});
export type EndedRecord = z.output<typeof ended>;
export type StoredCommand = DownloadCommand | StoreCommand;
export type CommandRecord = z.output<typeof record>;
export type CommandOutcome = z.output<typeof fact>;

/** Records are kept this long, so that a repeated command gets the answer of the first. */
const KEEP_MS = 7 * 24 * 3_600_000;
/** A network cannot fill this peer's disk with commands. */
export const COMMANDS_MAX = 10_000;

/**
 * Commands on disk: stored before the broker is told that they arrived, so that a crash loses none; kept with their
 * outcome, so that a repeated one is answered and not run again.
 */
export class CommandStore {
  private readonly records = new Map<string, CommandRecord>();
  private readonly ends = new Map<string, EndedRecord>();

  constructor(
    private readonly folder: string,
    private readonly now: () => number,
    private readonly max = COMMANDS_MAX,
  ) {}

  /** Reads what an earlier run left; forgets what is too old. */
  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (name.endsWith(ENDED_SUFFIX)) {
        await this.readEnd(path);
        continue;
      }
      const found = name.endsWith('.json') ? await readJson(path, record) : undefined;
      if (found === undefined || (found.told && found.acceptedAt < this.now() - KEEP_MS))
        await rm(path, { force: true });
      else this.records.set(found.command.commandId, found);
    }
  }

  find(commandId: string): CommandRecord | undefined {
    return this.records.get(commandId);
  }

  private get isFull(): boolean {
    return this.records.size >= this.max;
  }

  /** Forgets records of before `moment` whose outcome the broker has; with `dryRun` it only says what would go. */
  async prune(moment: number, dryRun = false): Promise<{ count: number; bytes: number; newest: number }> {
    const sum = { count: 0, bytes: 0, newest: 0 };
    for (const [id, { told, acceptedAt }] of this.records) {
      if (!told || acceptedAt >= moment) continue;
      const path = this.pathOf(id);
      sum.bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
      sum.newest = Math.max(sum.newest, acceptedAt);
      sum.count++;
      if (dryRun) continue;
      await rm(path, { force: true });
      this.records.delete(id);
    }
    return sum;
  }

  /** A peer that runs for months must not refuse commands over records that it no longer needs. */
  async makeRoom(): Promise<boolean> {
    if (this.isFull) await this.prune(this.now() - KEEP_MS);
    return !this.isFull;
  }

  /** Commands that were accepted and have no outcome yet. */
  unfinished(): CommandRecord[] {
    return [...this.records.values()].filter(({ outcome }) => outcome === undefined);
  }

  /** Outcomes that the broker may not have. */
  untold(): CommandRecord[] {
    return [...this.records.values()].filter(({ outcome, told }) => outcome !== undefined && !told);
  }

  /** Says for good that commands of a distribution with a lower epoch are over, also those that arrive later; until a restart where it cannot be kept. */
  async end(distributionId: string, epoch: number, keepParts: boolean): Promise<void> {
    if (epoch <= (this.ends.get(distributionId)?.epoch ?? -1)) return;
    if (this.ends.size >= COMMANDS_MAX) await this.forgetOldestEnd();
    const entry = { distributionId, epoch, keepParts, endedAt: this.now() };
    const kept = writeWhole(this.endPath(distributionId), JSON.stringify(entry));
    await kept.finally(() => this.ends.set(distributionId, entry));
  }

  /** What ended this command, if something did. */
  endOf({ distributionId, epoch }: StoredCommand): EndedRecord | undefined {
    const found = this.ends.get(distributionId);
    return found !== undefined && found.epoch > epoch ? found : undefined;
  }

  /** The highest epoch seen of a distribution; -1 when it is new. */
  epochOf(distributionId: string): number {
    let highest = this.ends.get(distributionId)?.epoch ?? -1;
    for (const { command } of this.records.values()) {
      if (command.distributionId === distributionId) highest = Math.max(highest, command.epoch);
    }
    return highest;
  }

  /** @throws ShoalError `disk-full`, `disk-failed` */
  accept(command: StoredCommand): Promise<void> {
    return this.save({ command, acceptedAt: this.now(), told: false });
  }

  /** Known from then on, also where it cannot be kept on the disk. @throws ShoalError `disk-full`, `disk-failed` */
  async settle(commandId: string, outcome: CommandOutcome): Promise<void> {
    const known = this.records.get(commandId);
    if (known === undefined) return;
    const settled = { ...known, outcome, told: false };
    await this.save(settled).finally(() => this.records.set(commandId, settled));
  }

  async markTold(commandId: string): Promise<void> {
    const known = this.records.get(commandId);
    if (known !== undefined) await this.save({ ...known, told: true });
  }

  private async save(entry: CommandRecord): Promise<void> {
    try {
      await writeWhole(this.pathOf(entry.command.commandId), JSON.stringify(entry));
    } catch (error) {
      throw fileError(error, `cannot keep commands in ${this.folder}`);
    }
    this.records.set(entry.command.commandId, entry);
  }

  private async readEnd(path: string): Promise<void> {
    const found = await readJson(path, ended);
    if (found === undefined || found.endedAt < this.now() - KEEP_MS) await rm(path, { force: true });
    else this.ends.set(found.distributionId, found);
  }

  /** They are in the order in which they came. */
  private async forgetOldestEnd(): Promise<void> {
    const [oldest] = this.ends.keys();
    if (oldest === undefined) return;
    await rm(this.endPath(oldest), { force: true });
    this.ends.delete(oldest);
  }

  /** Command ids come from outside: their digest names the file. */
  private pathOf(commandId: string): string {
    return join(this.folder, `${digestOf(commandId)}.json`);
  }

  private endPath(distributionId: string): string {
    return join(this.folder, `${digestOf(distributionId)}${ENDED_SUFFIX}`);
  }
}

/** A new name is on the disk only when its folder is. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const ENDED_SUFFIX = '.ended';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const writeSynced = async (path: string, text: string): Promise<void> => {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
};

let writes = 0;

/** All of it or, after a crash, nothing. Two at the same time do not meet. */
const writeWhole = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.${++writes}.new`;
  try {
    await writeSynced(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // what went wrong first says more
    throw error;
  }
  await syncFolder(dirname(path));
};

const readJson = async <S extends z.ZodType>(path: string, schema: S): Promise<z.output<S> | undefined> => {
  try {
    return parseWith(schema, JSON.parse(await readFile(path, 'utf8')), 'the command record');
  } catch {
    // A record that cannot be read was never acknowledged as a whole; the sender repeats it.
    return undefined;
  }
};
