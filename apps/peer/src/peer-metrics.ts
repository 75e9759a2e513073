import type { LocalStatus } from '#contracts';
import { ShoalError, type ErrorCode } from '#core';
import type { HealthCheck } from '#platform';
import { Metrics } from '#platform/metrics';

type StatusOf = () => Promise<LocalStatus>;

const STATES = ['complete', 'partial', 'downloading'] as const;

/** Calls that come while one is under way get its result: a look at thousands of files is done once for all who ask. */
export const sharedStatus = (status: StatusOf): StatusOf => {
  let running: Promise<LocalStatus> | undefined;
  return () => (running ??= status().finally(() => (running = undefined)));
};

/** What a peer needs to do its work. */
export const peerChecks = (status: StatusOf): HealthCheck[] => {
  const check = (name: string, code: ErrorCode, passes: (status: LocalStatus) => boolean): HealthCheck => ({
    name,
    check: async () => {
      if (!passes(await status())) throw new ShoalError(code, `there is no ${name}`, { retry: 'transient' });
    },
  });
  return [
    check('broker', 'broker-away', ({ connected }) => connected),
    check('anchor', 'no-anchor', ({ anchor }) => anchor !== undefined),
    check('engine', 'engine-down', ({ traffic }) => traffic !== undefined),
  ];
};

/** What `shoal status` says, as numbers. */
export const peerMetrics = (status: StatusOf, labels: Readonly<Record<string, string>>): Metrics => {
  const metrics = new Metrics({ ...labels, process: 'peer' });
  const sent = metrics.total('shoal_sent_bytes_total', 'bytes of chunks sent since the engine started');
  const received = metrics.total(
    'shoal_received_bytes_total',
    'bytes of chunks received and verified since the engine started',
  );
  const neighbours = metrics.gauge('shoal_neighbours', 'links to other peers');
  const files = metrics.gauge('shoal_files', 'files that are held, by state', ['state']);
  const rate = metrics.gauge('shoal_download_bytes_per_second', 'what all downloads get together');
  metrics.checks(peerChecks(status));
  metrics.beforeReading(async () => {
    const now = await status();
    sent(now.traffic?.sentBytes ?? 0);
    received(now.traffic?.receivedBytes ?? 0);
    neighbours.set(now.neighbours);
    for (const state of STATES) files.set({ state }, countOf(now, state));
    rate.set(now.transfers.reduce((sum, transfer) => sum + transfer.rate, 0));
  });
  return metrics;
};

const countOf = ({ transfers }: LocalStatus, state: string): number =>
  transfers.filter((transfer) => transfer.state === state).length;
