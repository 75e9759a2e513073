import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { formatSize } from '#core';

const orEmpty = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

const systemName = (): string => {
  const facts = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(facts)?.[1] ?? process.platform;
};

/** The machine in one line, for the head of a table. */
export const machineLine = (): string => {
  const processors = cpus();
  const congestion = orEmpty(() => readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8'));
  return [
    `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown CPU'}`,
    formatSize(totalmem()),
    systemName(),
    `kernel ${release()}`,
    `Node ${process.versions.node}`,
    ...(congestion === '' ? [] : [`TCP ${congestion}`]),
  ].join(', ');
};
