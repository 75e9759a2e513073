import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LocalLeftover } from '#contracts';
import type { PlaceInfo } from '#engine';
import type { Acknowledger } from './acknowledger.js';
import type { CommandStore } from './command-store.js';
import type { HoldingsLedger } from './holdings-ledger.js';
import type { EngineHost } from './ports.js';

export interface CleanOrder {
  /** Say what would go, and leave it. */
  readonly dryRun: boolean;
  /** Only what nobody has touched for so long, milliseconds. */
  readonly olderThanMs: number;
}

export interface LeftoverParts {
  readonly engine: Pick<EngineHost, 'holdings' | 'placesIn' | 'discardPlace'>;
  readonly store: Pick<CommandStore, 'prune'>;
  readonly commandsFolder: string;
  /** What the network placed here is no leftover. */
  readonly placedFolder: string;
  readonly ledger: HoldingsLedger;
  readonly acknowledger: Pick<Acknowledger, 'report'>;
  readonly now: () => number;
}

/** What a peer has lying about that nobody will ask for: downloads that were given up, records of old commands. */
export class Leftovers {
  constructor(private readonly parts: LeftoverParts) {}

  /** What there is, or was before it went. */
  async clean(order: CleanOrder): Promise<LocalLeftover[]> {
    const before = this.parts.now() - order.olderThanMs;
    return [...(await this.partFiles(before, order.dryRun)), ...(await this.commands(before, order.dryRun))];
  }

  private async partFiles(before: number, dryRun: boolean): Promise<LocalLeftover[]> {
    const { engine } = this.parts;
    const found: LocalLeftover[] = [];
    for (const place of await this.unfinished()) {
      const lastUse = Math.max(await writtenAt(place.path), place.usedAt ?? 0);
      if (lastUse >= before) continue;
      if (!dryRun && !(await engine.discardPlace(place.fileId, place.target))) continue;
      found.push(leftoverOf(place, lastUse));
    }
    if (!dryRun && found.length > 0) await this.tellWhatIsLeft();
    return found;
  }

  /** Downloads that stopped before they had all they wanted; a part that was asked for as a part is none. */
  private async unfinished(): Promise<PlaceInfo[]> {
    const { engine, placedFolder } = this.parts;
    const partial = (await engine.holdings()).filter(({ state }) => state === 'partial');
    const folders = new Set(partial.map(({ path }) => dirname(path)));
    const places = await Promise.all(
      [...folders].filter((folder) => folder !== placedFolder).map((folder) => engine.placesIn(folder)),
    );
    return places.flat().filter(({ busy, unfinished }) => unfinished && !busy);
  }

  private async tellWhatIsLeft(): Promise<void> {
    const { engine, ledger, acknowledger } = this.parts;
    ledger.reset(await engine.holdings());
    await acknowledger.report();
  }

  private async commands(before: number, dryRun: boolean): Promise<LocalLeftover[]> {
    const { store, commandsFolder } = this.parts;
    const { count, bytes, newest } = await store.prune(before, dryRun);
    if (count === 0) return [];
    return [{ kind: 'command-records', path: commandsFolder, bytes, lastUse: newest, count }];
  }
}

const leftoverOf = ({ path, bytes, name }: PlaceInfo, lastUse: number): LocalLeftover => ({
  kind: 'part-file',
  path,
  bytes,
  lastUse,
  ...(name === undefined ? {} : { name }),
});

const writtenAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
