import { formatDuration } from '#core';
import type { Report } from '#simulation';

/** A report as lines of words and a number. */
export const rowsOf = (report: Report): (readonly [string, string])[] => [
  ['slowest / fluid bound', ratio(report.slowest)],
  ['median / fluid bound', ratio(report.median)],
  ['first / fluid bound', ratio(report.first)],
  ['slowest / chunked bound', ratio(report.slowestOverChunked)],
  ...(report.slowestOfSlow === undefined
    ? []
    : [['slowest of the slow / their own links', ratio(report.slowestOfSlow)] as const]),
  [
    'fluid bound, chunked bound',
    `${formatDuration(report.fluidBound)}, ${formatDuration(report.chunkedBound)}`,
  ],
  ['peers that stayed and did not finish', String(report.unfinished)],
  ['bytes of all seeders / file', ratio(report.seederShare)],
  ['bytes between racks / file', ratio(report.farShare)],
  ['wasted bytes / needed bytes', ratio(report.waste)],
  ['messages of a peer: mean, most', `${Math.round(report.messagesPerPeer)}, ${report.messagesMost}`],
  ['messages of the busiest seeder', String(report.seederMessages)],
  ['requests to the anchors', String(report.anchorAsked)],
  ['messages to the anchors a second', report.anchorPerSecond.toFixed(1)],
  ['events', String(report.events)],
];

const ratio = (value: number): string => value.toFixed(3);
