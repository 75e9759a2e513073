import { beforeEach, expect } from '@jest/globals';
import { FakeFileSystem, MemoryLocks, sampleFile, type SampleFile } from '#testing';
import { Catalogue } from '../catalogue.js';
import type { ChunkStore, StoreEvent } from '../store.js';

export const file = sampleFile(3_500);
export const { manifest } = file;
export const { fileId } = manifest;
export const target = '/home/music.txt';

/** 0: nothing is small. */
let smallFileBytes = 0;
export let fs: FakeFileSystem;
export let locks: MemoryLocks;
export let events: StoreEvent[];
export let catalogue: Catalogue;

export const newCatalogue = (): Catalogue =>
  new Catalogue({
    ...{ dataFolder: '/state', fs, locks, smallFileBytes },
    later: () => () => undefined,
    report: (event) => void events.push(event),
  });
/** Another process (or the same after a restart) on the same disk; the one before is dead. */
export const restart = async (): Promise<void> => {
  locks = new MemoryLocks();
  catalogue = newCatalogue();
  await catalogue.start();
};
export const fail = (code: string): unknown => expect.objectContaining({ code });
export const textOf = (path: string): string | undefined => {
  const bytes = fs.bytesOf(path);
  return bytes && Buffer.from(bytes).toString('latin1');
};
export const whole = ({ bytes }: SampleFile): string => Buffer.from(bytes).toString('latin1');
export const fill = async (
  store: ChunkStore,
  chunks: Iterable<number> = store.wanted,
  from = file,
): Promise<void> => {
  for (const chunk of chunks) await store.write(chunk, from.chunk(chunk));
};
export const deliver = async (path = target, force = false): Promise<ChunkStore> => {
  const store = await catalogue.createPart({ manifest, target: path, force, name: 'music.txt' });
  await fill(store);
  await store.publish();
  return store;
};
export const addComplete = async (path = '/home/original'): Promise<ChunkStore> => {
  fs.addFile(path, file.bytes);
  return catalogue.openComplete({ manifest, path, name: 'music.txt' });
};
export const read = async (store: ChunkStore, chunk: number): Promise<Uint8Array> => {
  const into = Buffer.alloc(2_000);
  return into.subarray(0, await store.readInto(chunk, 0, into));
};

/** Before each test: an empty folder in memory, and a catalogue on it to which files of up to so many bytes are small. */
export const stageBeforeEach = (small = 0): void => {
  beforeEach(async () => {
    smallFileBytes = small;
    fs = new FakeFileSystem();
    locks = new MemoryLocks();
    events = [];
    await fs.makeFolder('/home');
    catalogue = newCatalogue();
    await catalogue.start();
  });
};
