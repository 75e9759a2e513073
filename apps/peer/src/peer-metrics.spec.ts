import { describe, expect, it } from '@jest/globals';
import type { LocalStatus } from '#contracts';
import { peerChecks, peerMetrics, sharedStatus } from './peer-metrics.js';

const file = { fileId: 'f', path: '/f', size: 9, chunkCount: 3, held: 3, rate: 0, sources: 0 };
const status = (changes: Partial<LocalStatus> = {}): LocalStatus =>
  ({
    ...{ connected: true, anchor: 'server1', neighbours: 4 },
    traffic: { sentBytes: 30, receivedBytes: 20 },
    transfers: [
      { ...file, state: 'complete' },
      { ...file, state: 'downloading', rate: 6 },
      { ...file, state: 'downloading', rate: 5 },
    ],
    ...changes,
  }) as LocalStatus;

describe('what a peer tells collectors', () => {
  it('is its status as numbers', async () => {
    const text = await peerMetrics(async () => status(), { peer: 'host7' }).text();
    for (const line of [
      'shoal_sent_bytes_total{peer="host7",process="peer"} 30',
      'shoal_received_bytes_total{peer="host7",process="peer"} 20',
      'shoal_neighbours{peer="host7",process="peer"} 4',
      'shoal_files{state="complete",peer="host7",process="peer"} 1',
      'shoal_files{state="partial",peer="host7",process="peer"} 0',
      'shoal_files{state="downloading",peer="host7",process="peer"} 2',
      'shoal_download_bytes_per_second{peer="host7",process="peer"} 11',
      'shoal_check{check="engine",peer="host7",process="peer"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('says what it lacks', async () => {
    const failing = async (changes: Partial<LocalStatus>): Promise<string[]> => {
      const results = peerChecks(async () => status(changes)).map(({ name, check }) =>
        check().then(
          () => [],
          () => [name],
        ),
      );
      return (await Promise.all(results)).flat();
    };
    expect(await failing({})).toEqual([]);
    expect(await failing({ connected: false })).toEqual(['broker']);
    expect(await failing({ anchor: undefined })).toEqual(['anchor']);
    expect(await failing({ traffic: undefined })).toEqual(['engine']);
  });

  it('looks once for all who ask at the same time', async () => {
    let looks = 0;
    const shared = sharedStatus(async () => {
      looks += 1;
      return status();
    });
    await peerMetrics(shared, {}).text();
    expect(looks).toBe(1);
    await shared();
    expect(looks).toBe(2);
  });
});
