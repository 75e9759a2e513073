import { asShoalError, ShoalError, type FileId, type PeerId } from '#core';
import { COMMANDS, parseWith, type CommandBody, type LocalEvent } from '#contracts';
import type { CommandOutcome, CommandRecord, CommandStore, StoredCommand } from './command-store.js';
import type { DownloadDone } from './download-run.js';
import { DISCARD_PART } from './download-wish.js';
import type { AnchorLink, InboxCommand, Timers } from './ports.js';

/** What commands do to this peer. */
export interface CommandEffects {
  /** Runs a download that a command asked for, into a folder or among what is kept for the network. */
  download(
    command: StoredCommand,
    tell: (event: LocalEvent) => void,
    signal: AbortSignal,
  ): Promise<DownloadDone>;
  report(): Promise<void>;
  rejoin(): void;
  drop(fileId: FileId, reason: string): Promise<void>;
  /** A name was removed; its file stays. */
  forgetName(name: string, version: number): void;
  leave(reason: string): void;
  trouble(what: string, error: unknown): void;
}

/** A longer wait is no timer of Node's; the anchor says when such a deadline is over. */
const TIMER_MAX_MS = 2 ** 31 - 1;
/** Why a download was aborted that was not done by its deadline. */
const LATE = Symbol('late');
/** Shortest time between two progress facts of one download, milliseconds. */
const PROGRESS_FACT_MS = 1_000;

interface RunningCommand {
  readonly command: StoredCommand;
  readonly controller: AbortController;
}

/** The time of this peer. */
export type CommandTime = Timers & { readonly now: () => number };

/**
 * The inbox: a command is stored before it counts as received, is run once however often it comes, and its outcome is
 * told until the broker has it.
 */
export class Commands {
  private readonly running = new Map<string, RunningCommand>();
  /** Commands that are being stored: a second delivery of one waits for the first. */
  private readonly arriving = new Map<string, Promise<void>>();

  constructor(
    private readonly self: PeerId,
    private readonly store: CommandStore,
    private readonly effects: CommandEffects,
    private readonly anchors: AnchorLink,
    private readonly time: CommandTime,
  ) {}

  /** Goes on with what an earlier run of this process left. */
  resume(): void {
    for (const { command } of this.store.unfinished()) this.start(command);
  }

  /** The broker is back: outcomes that it may not have are told again. */
  async tellAgain(): Promise<void> {
    for (const entry of this.store.untold()) await this.tellOutcome(entry);
  }

  /** Resolves when the command may be acked. @throws ShoalError */
  async receive({ name, body }: InboxCommand): Promise<void> {
    switch (name) {
      case 'command.download':
      case 'command.store':
        return this.accept(parseWith(COMMANDS[name], body, 'the command'));
      case 'command.cancel':
        return this.cancel(parseWith(COMMANDS[name], body, 'the command'));
      case 'command.report':
        return this.effects.report();
      case 'command.rejoin':
        return this.effects.rejoin();
      case 'command.drop':
        return this.drop(parseWith(COMMANDS[name], body, 'the command'));
      case 'command.forget':
        return this.forgetName(parseWith(COMMANDS[name], body, 'the command'));
      case 'command.leave':
        return this.effects.leave(parseWith(COMMANDS[name], body, 'the command').reason);
    }
  }

  private drop({ fileId, reason }: CommandBody<'command.drop'>): Promise<void> {
    return this.effects.drop(fileId, reason);
  }

  private forgetName({ name, version }: CommandBody<'command.forget'>): void {
    this.effects.forgetName(name, version);
  }

  private accept(command: StoredCommand): Promise<void> {
    const { commandId } = command;
    const before = this.arriving.get(commandId);
    if (before !== undefined) return before;
    const arriving = this.take(command).finally(() => this.arriving.delete(commandId));
    this.arriving.set(commandId, arriving);
    return arriving;
  }

  private async take(command: StoredCommand): Promise<void> {
    const known = this.store.find(command.commandId);
    if (known !== undefined) {
      if (known.outcome !== undefined) await this.tellOutcome(known);
      return;
    }
    if (command.deadline !== undefined && command.deadline < this.time.now()) return;
    if (command.epoch < this.store.epochOf(command.distributionId)) return;
    try {
      await this.keep(command);
    } catch (error) {
      return this.refuse(command, error);
    }
    // What this one replaces keeps its part: this one goes on with it.
    this.stopBelow(command.distributionId, command.epoch, undefined);
    this.start(command);
  }

  private async keep(command: StoredCommand): Promise<void> {
    if (!(await this.store.makeRoom()))
      throw new ShoalError('limit-exceeded', 'this peer has too many commands waiting');
    await this.store.accept(command);
  }

  /** Nobody would wait for a command that could not be kept, were its sender not told. @throws ShoalError `broker-away` */
  private async refuse(command: StoredCommand, error: unknown): Promise<void> {
    this.effects.trouble('keeping a command', error);
    const body = { ...this.about(command), error: asShoalError(error).toJSON() };
    await this.anchors.fact('download.failed', this.self, body, `${command.commandId}:download.failed`);
  }

  private start(command: StoredCommand): void {
    if (this.running.has(command.commandId)) return;
    const controller = new AbortController();
    this.running.set(command.commandId, { command, controller });
    const stopTimer = this.untilDeadline(command, controller);
    void this.execute(command, controller.signal).finally(() => {
      stopTimer();
      this.running.delete(command.commandId);
    });
  }

  /** What is not done by its deadline is given up, also when no anchor can say so. */
  private untilDeadline({ deadline }: StoredCommand, controller: AbortController): () => void {
    if (deadline === undefined) return () => undefined;
    const left = deadline - this.time.now();
    if (left > TIMER_MAX_MS) return () => undefined;
    return this.time.after(Math.max(0, left), () => controller.abort(LATE));
  }

  private async execute(command: StoredCommand, signal: AbortSignal): Promise<void> {
    const outcome = await this.outcomeOf(command, signal);
    try {
      await this.store.settle(command.commandId, outcome);
    } catch (error) {
      // It is told all the same; a restart does it again.
      this.effects.trouble('keeping the outcome of a command', error);
    }
    const entry = this.store.find(command.commandId);
    if (entry !== undefined) await this.tellOutcome(entry);
  }

  private async outcomeOf(command: StoredCommand, signal: AbortSignal): Promise<CommandOutcome> {
    const about = this.about(command);
    try {
      // It was ended while this peer was away from its work.
      if (this.store.endOf(command) !== undefined)
        throw new ShoalError('cancelled', 'the download was cancelled');
      const done = await this.effects.download(command, this.progressTeller(command), signal);
      const { size, sha256, path, milliseconds, from, files } = done;
      return {
        name: 'download.completed',
        body: {
          ...{ ...about, size, sha256, path, milliseconds, from: from.slice(0, 50) },
          ...(files === undefined ? {} : { files }),
        },
      };
    } catch (thrown) {
      const late = signal.aborted && signal.reason === LATE;
      const error = late
        ? new ShoalError('timeout', 'it was not done by the deadline')
        : asShoalError(thrown);
      return { name: 'download.failed', body: { ...about, error: error.toJSON() } };
    }
  }

  private progressTeller(command: StoredCommand): (event: LocalEvent) => void {
    let toldAt = 0;
    const every = Math.max(
      PROGRESS_FACT_MS,
      'progressEveryMs' in command ? (command.progressEveryMs ?? 0) : 0,
    );
    return (event) => {
      if (event.event !== 'progress' || this.time.now() - toldAt < every) return;
      toldAt = this.time.now();
      const { bytes, size, rate, sources } = event;
      const body = { ...this.about(command), bytes, size, rate, sources };
      // Progress that is lost is replaced by the next one.
      this.anchors
        .fact('download.progress', this.self, body, `${command.commandId}:${bytes}`)
        .catch(() => undefined);
    };
  }

  private async tellOutcome({ command, outcome }: CommandRecord): Promise<void> {
    if (outcome === undefined) return;
    const messageId = `${command.commandId}:${outcome.name}`;
    try {
      await this.anchors.fact(outcome.name, this.self, outcome.body as never, messageId);
      await this.store.markTold(command.commandId);
    } catch {
      // Told again when the broker is back.
    }
  }

  /** On disk first: a command of a lower epoch that comes later, or that a restart would go on with, is not run. */
  private async cancel({ distributionId, epoch, keepParts }: CommandBody<'command.cancel'>): Promise<void> {
    try {
      await this.store.end(distributionId, epoch, keepParts);
    } catch (error) {
      this.effects.trouble('keeping a cancellation, which a restart may undo', error);
    }
    this.stopBelow(distributionId, epoch, keepParts ? undefined : DISCARD_PART);
  }

  private stopBelow(distributionId: string, epoch: number, reason: typeof DISCARD_PART | undefined): void {
    for (const { command, controller } of this.running.values()) {
      if (command.distributionId === distributionId && command.epoch < epoch) controller.abort(reason);
    }
  }

  private about(command: StoredCommand): {
    peerId: PeerId;
    fileId: StoredCommand['fileId'];
    distributionId: string;
    commandId: string;
  } {
    const { fileId, distributionId, commandId } = command;
    return { peerId: this.self, fileId, distributionId, commandId };
  }
}
