import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../run.js';
import { testContext } from '../test-support/test-context.js';

describe('split and join', () => {
  let home: string;
  beforeEach(async () => (home = await mkdtemp(join(tmpdir(), 'shoal-split-'))));
  afterEach(() => rm(home, { recursive: true, force: true }));

  const shoal = async (...args: string[]) => {
    const world = testContext({ cwd: home });
    return { code: await run(args, world), ...world.output };
  };

  it('make chunk files, say what they made, and bring the file back', async () => {
    await writeFile(join(home, 'music.txt'), 'la la la '.repeat(300));
    const cut = await shoal('split', 'music.txt', '-o', 'chunks', '--chunk-size', '1KiB');
    expect(cut.code).toBe(0);
    expect(cut.stdout).toMatch(
      /^cut music\.txt into 3 chunk files of at most 1 KiB .*: music1\.txt \.\.\. music3\.txt$/m,
    );
    expect((await readdir(join(home, 'chunks'))).sort()).toEqual(
      ['music.txt.manifest.json', 'music1.txt', 'music2.txt', 'music3.txt'].sort(),
    );
    const joined = await shoal('join', 'chunks', '-o', 'again.txt', '--json');
    expect(JSON.parse(joined.stdout)).toMatchObject({ event: 'joined', name: 'music.txt', chunkCount: 3 });
    expect(await readFile(join(home, 'again.txt'))).toEqual(await readFile(join(home, 'music.txt')));
  });

  it('refuse with what to do: files that are there, missing chunks, no manifest file', async () => {
    await writeFile(join(home, 'music.txt'), 'la la la '.repeat(300));
    await shoal('split', 'music.txt', '-o', '.', '--chunk-size', '1KiB');
    const again = await shoal('split', 'music.txt', '-o', '.', '--chunk-size', '1KiB');
    expect(again).toMatchObject({ code: 6 });
    expect(again.stderr).toMatch(/^error: music1\.txt, .* there already\nhint: .*--force/);
    await rm(join(home, 'music2.txt'));
    const partial = await shoal('join', '.', '-o', 'again.txt');
    expect(partial).toMatchObject({ code: 3 });
    expect(partial.stderr).toMatch(
      /^error: chunk 2 is missing \(music2\.txt\)\nhint: .*chunk get music\.txt 2 /,
    );
    const ofFolder = await shoal('split', '/', '-o', '.');
    expect(ofFolder).toMatchObject({ code: 2 });
    expect(ofFolder.stderr).toMatch(/^error: "\/" is a folder\nhint: .* of one file: .*shoal publish/);
    const none = await shoal('join', '/');
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toMatch(/^error: there is no manifest file .*\nhint: /);
  });
});
