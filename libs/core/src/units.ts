import { ShoalError } from './errors.js';

export const KIB = 1_024;
export const MIB = 1_024 * KIB;
export const GIB = 1_024 * MIB;

const SIZE_UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  k: KIB,
  kb: 1_000,
  kib: KIB,
  m: MIB,
  mb: 1_000_000,
  mib: MIB,
  g: GIB,
  gb: 1_000_000_000,
  gib: GIB,
  t: 1_024 * GIB,
  tb: 1_000_000_000_000,
  tib: 1_024 * GIB,
};

/**
 * Bytes from `4096`, `256KiB`, `1.5 MB`. A bare `K`, `M`, `G`, `T` is binary.
 * @throws ShoalError `bad-size`
 */
export const parseSize = (text: string): number => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(text);
  const unit = match === null ? undefined : SIZE_UNITS[(match[2] as string).toLowerCase()];
  if (match === null || unit === undefined) {
    throw new ShoalError('bad-size', `"${text}" is not a size`, {
      hint: 'Write it like 4096, 256KiB or 1.5MB.',
    });
  }
  const bytes = Math.round(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes)) throw new ShoalError('bad-size', `"${text}" is too large`);
  return bytes;
};

/** Bytes a second from `10MB`, `10MB/s`, or bits from `50Mbit`, `50Mbit/s`. @throws ShoalError `bad-size` */
export const parseRate = (text: string): number => {
  const bits = /^\s*(\d+(?:\.\d+)?)\s*([kmg]?)bit(?:\/s|ps)?\s*$/i.exec(text);
  if (bits !== null) {
    const factor = { '': 1, k: 1e3, m: 1e6, g: 1e9 }[(bits[2] as string).toLowerCase()] as number;
    return Math.round((Number(bits[1]) * factor) / 8);
  }
  try {
    return parseSize(text.replace(/\/s\s*$/i, ''));
  } catch (cause) {
    throw new ShoalError('bad-size', `"${text}" is not a rate`, {
      cause,
      hint: 'Write it like 10MB or 50Mbit, a second.',
    });
  }
};

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds from `500ms`, `30s`, `5m`, `2h`, `7d`; a bare number is seconds. @throws ShoalError `bad-size` */
export const parseDuration = (text: string): number => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text);
  if (match === null) {
    throw new ShoalError('bad-size', `"${text}" is not a duration`, {
      hint: 'Write it like 500ms, 30s, 5m or 2h.',
    });
  }
  return Math.round(Number(match[1]) * (DURATION_UNITS[match[2] ?? 's'] as number));
};

/** `0 B`, `1023 B`, `1.5 KiB`, `12 MiB`. */
export const formatSize = (bytes: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${units[unit]}`;
};

export const formatRate = (bytesPerSecond: number): string => `${formatSize(bytesPerSecond)}/s`;

/** `850 ms`, `12.3 s`, `4m 05s`, `2h 03m`. */
export const formatDuration = (milliseconds: number): string => {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  const hours = Math.floor(whole / 3_600);
  if (hours < 48) return `${hours}h ${pad(Math.floor((whole % 3_600) / 60))}m`;
  return `${Math.floor(hours / 24)}d ${pad(hours % 24)}h`;
};
