import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ANY } from '#swarm';
import { eventually } from '#testing';
import { ScriptedDownloader } from './scripted-downloader.js';
import { randomContent, SmallSwarm, TestPeer } from './small-swarm.js';

const CHUNK = 65_536;
const CHUNKS = 2;

describe('a seeder that grants', () => {
  let swarm: SmallSwarm;
  const downloaders: ScriptedDownloader[] = [];

  beforeEach(async () => {
    swarm = await SmallSwarm.make();
  });
  afterEach(async () => {
    for (const downloader of downloaders.splice(0)) downloader.close();
    await swarm.close();
  });

  const open = async ({ ready: { port } }: TestPeer, fileId: string): Promise<ScriptedDownloader> => {
    const downloader = await ScriptedDownloader.open(port, fileId as never, CHUNKS);
    downloaders.push(downloader);
    return downloader;
  };
  const isGranting = ({ heard }: ScriptedDownloader): boolean | undefined =>
    heard.find((message) => message.type === 'opened')?.granting;

  it('shows all it has when the last chunk of the pass was asked for by number', async () => {
    const seeder = await swarm.peer('seeder');
    const { fileId } = await seeder.publish('song', randomContent(CHUNKS * CHUNK), CHUNK);
    const [first, second] = [await open(seeder, fileId), await open(seeder, fileId)];
    expect([isGranting(first), isGranting(second)]).toEqual([true, true]);
    first.say({ type: 'request', chunks: [ANY] });
    await eventually(() => expect(first.chunks.size).toBe(1));
    second.say({ type: 'request', chunks: [first.chunks.has(0) ? 1 : 0] });
    await eventually(() => expect(second.chunks.size).toBe(1));
    await eventually(() => expect(first.count('bitfield')).toBe(1));
    expect(first.heard.find((message) => message.type === 'bitfield')?.field.isFull).toBe(true);
  });

  it('says NONE when it is asked by number for what it has granted: the ANY is answered', async () => {
    const seeder = await swarm.peer('seeder');
    const { fileId } = await seeder.publish('song', randomContent(CHUNKS * CHUNK), CHUNK);
    const downloader = await open(seeder, fileId);
    downloader.say({ type: 'request', chunks: [ANY] });
    await eventually(() => expect(downloader.chunks.size).toBe(1));
    downloader.say({ type: 'request', chunks: [...downloader.chunks] });
    await eventually(() => expect(downloader.count('none')).toBe(1));
  });

  it('grants again after a restart what was published there, and not what was fetched', async () => {
    const [seeder, other] = [await swarm.peer('seeder'), await swarm.peer('other')];
    const manifest = await seeder.publish('song', randomContent(CHUNKS * CHUNK), CHUNK);
    await other.engine.download(other.order(manifest, [seeder]));
    for (const [peer, grants] of [
      [seeder, true],
      [other, false],
    ] as const) {
      await peer.engine.stop();
      peer.ready = await peer.engine.start();
      expect(isGranting(await open(peer, manifest.fileId))).toBe(grants);
    }
  });
});
