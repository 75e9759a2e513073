import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';

describe('metrics', () => {
  const lines = async (metrics: Metrics, name: string): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(name));

  it('say which process they are of, and how it does', async () => {
    const metrics = new Metrics({ network: 'shoal', process: 'manifest' });
    expect(await lines(metrics, 'process_resident_memory_bytes')).toEqual([
      expect.stringMatching(/^process_resident_memory_bytes\{network="shoal",process="manifest"\} \d+$/),
    ]);
    expect(metrics.contentType).toMatch(/^text\/plain; version=/);
  });

  it('say whether what is needed is there now', async () => {
    let isAway = false;
    const metrics = new Metrics({});
    metrics.checks([
      { name: 'redis', check: async () => void (isAway && (await Promise.reject(new Error('away')))) },
    ]);
    expect(await lines(metrics, 'shoal_check')).toEqual(['shoal_check{check="redis"} 1']);
    isAway = true;
    expect(await lines(metrics, 'shoal_check')).toEqual(['shoal_check{check="redis"} 0']);
  });

  it('count messages by name and outcome', async () => {
    const metrics = new Metrics({});
    const handled = metrics.messages();
    handled('manifest.get', 'done', 0.004);
    handled('manifest.get', 'done', 0.3);
    handled('manifest.get', 'refused', 0.001);
    expect(await lines(metrics, 'shoal_message_seconds_count')).toEqual([
      'shoal_message_seconds_count{message="manifest.get",outcome="done"} 2',
      'shoal_message_seconds_count{message="manifest.get",outcome="refused"} 1',
    ]);
    expect(await lines(metrics, 'shoal_message_seconds_bucket{le="0.005"')).toContain(
      'shoal_message_seconds_bucket{le="0.005",message="manifest.get",outcome="done"} 1',
    );
  });

  it('have the newest values, and the last ones where they cannot be had', async () => {
    let value = 5;
    const metrics = new Metrics({});
    const total = metrics.total('shoal_sent_bytes_total', 'bytes');
    metrics.beforeReading(async () => {
      if (value < 0) throw new Error('away');
      total(value);
    });
    expect(await lines(metrics, 'shoal_sent')).toEqual(['shoal_sent_bytes_total 5']);
    value = 7;
    expect(await lines(metrics, 'shoal_sent')).toEqual(['shoal_sent_bytes_total 7']);
    value = -1;
    expect(await lines(metrics, 'shoal_sent')).toEqual(['shoal_sent_bytes_total 7']);
  });
});
