import { ROW_STATES, type DistributionStatus, type DistributionSummary, type TargetRow } from '#contracts';
import { formatDuration, formatRate, formatSize } from '#core';
import { etaOf, percentOf } from './progress-line.js';
import { clean } from './sanitize.js';
import type { Style } from './style.js';
import { fileLabel } from './summary.js';
import { renderTable } from './table.js';

/** Rows shown for people; those that matter first. */
const ROWS_MAX = 200;

export const renderDistributions = (all: readonly DistributionSummary[], now: number, style: Style): string =>
  renderTable(
    [
      { title: 'id' },
      { title: 'file' },
      { title: 'state' },
      { title: 'done', align: 'right' },
      { title: 'failed', align: 'right' },
      { title: 'priority', align: 'right' },
      { title: 'asked' },
      { title: 'follows' },
    ],
    all.map((one) => [
      one.distributionId,
      clean(fileLabel(one)),
      stateText(one.state, style),
      `${one.counts.done}/${one.targets}`,
      String(one.counts.failed),
      String(one.priority),
      `${formatDuration(Math.max(0, now - one.createdAt))} ago`,
      one.follow ? 'the name' : (one.followsFrom ?? ''),
    ]),
    style,
  );

/** Its head, and a line for each target: what moves or went wrong first. */
export const renderDistribution = (status: DistributionStatus, now: number, style: Style): string => {
  const rows = [...status.rows].sort((a, b) => IMPORTANCE[a.state] - IMPORTANCE[b.state]);
  const hidden = rows.length - ROWS_MAX;
  return [
    headOf(status, now, style),
    renderTable(
      [
        { title: 'target' },
        { title: 'state' },
        { title: '%', align: 'right' },
        { title: 'rate', align: 'right' },
        { title: 'eta', align: 'right' },
        { title: 'tries', align: 'right' },
        { title: 'note' },
      ],
      rows.slice(0, ROWS_MAX).map((row) => cellsOf(row, status.size, style)),
      style,
    ),
    ...(hidden > 0 ? [`... and ${hidden} more (--json has all)`] : []),
  ].join('\n');
};

const IMPORTANCE: Readonly<Record<TargetRow['state'], number>> = {
  failed: 0,
  downloading: 1,
  commanded: 2,
  offline: 3,
  waiting: 4,
  cancelled: 5,
  done: 6,
};

const OFFLINE =
  'those that are offline get it when they come back (--deadline ends the wait, `shoal cancel` all of it)';

const headOf = (status: DistributionStatus, now: number, style: Style): string => {
  const { distributionId, state, counts, targets, size, rows, wave, waves } = status;
  const took = formatDuration(Math.max(0, (status.finishedAt ?? now) - status.createdAt));
  const rate = rows.reduce((sum, row) => sum + (row.state === 'downloading' ? row.rate : 0), 0);
  const totals = ROW_STATES.filter((one) => counts[one] > 0).map((one) => `${counts[one]} ${one}`);
  return [
    `${distributionId}  ${clean(fileLabel(status))}, ${formatSize(size)}, to ${targets} target${targets === 1 ? '' : 's'}: ${stateText(state, style)}, ${took}`,
    [
      totals.join(', '),
      ...(waves > 1 ? [`wave ${wave} of ${waves}`] : []),
      ...(rate > 0 ? [`${formatRate(rate)} together`] : []),
      ...(state === 'running' && counts.offline > 0 ? [OFFLINE] : []),
      ...(status.reason === undefined ? [] : [clean(status.reason)]),
    ].join('; '),
  ].join('\n');
};

const cellsOf = (row: TargetRow, size: number, style: Style): string[] => {
  const isMoving = row.state === 'downloading';
  const eta = isMoving ? etaOf({ label: '', bytes: row.bytes, size, rate: row.rate }) : undefined;
  const took = row.milliseconds === undefined ? '' : `in ${formatDuration(row.milliseconds)}`;
  return [
    clean(row.name),
    stateText(row.state, style),
    row.state === 'done' ? '100' : String(percentOf({ bytes: row.bytes, size })),
    isMoving ? formatRate(row.rate) : '',
    eta === undefined ? '' : formatDuration(eta),
    row.tries === 0 ? '' : String(row.tries + 1),
    row.error === undefined ? took : clean(row.error.message),
  ];
};

const stateText = (state: string, style: Style): string => (state === 'failed' ? style.warn(state) : state);
