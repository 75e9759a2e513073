import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatSize, MIB } from '#core';
import { limitsIn, type Limit } from './read-limits.js';
import { LIMIT_SECTIONS, type LimitsSection } from './sources.js';

export const LIMITS_PAGE = join('docs', 'LIMITS.md');

const HEAD = `# Limits

<!-- Written by \`npm run limits\` from the constants and the comments beside them; change those. -->

Every length, count, time or path that a remote party controls has a cap and a typed error. The specs named \`limits.spec.ts\` (for trees
\`tree-index.spec.ts\` and \`tree-path.spec.ts\`) send one more than each, or say why nobody outside can.
`;

/** The page as the constants of this checkout have it. */
export const limitsPage = (root: string): string =>
  [HEAD, ...LIMIT_SECTIONS.map((section) => sectionText(section, root))].join('\n');

/** @throws when a constant that the section names is gone */
export const sectionLimits = ({ file, only }: LimitsSection, root: string): Limit[] => {
  const all = limitsIn(readFileSync(join(root, file), 'utf8'));
  if (only === undefined) return all;
  return only.map((name) => {
    const found = all.find((limit) => limit.name === name);
    if (found === undefined) throw new Error(`${file} has no constant ${name} any more`);
    return found;
  });
};

const sectionText = (section: LimitsSection, root: string): string => {
  const rows = sectionLimits(section, root).map(
    ({ name, value, why }) => `| ${name} | ${valueText(name, value)} | ${why.replaceAll('|', '\\|')} |`,
  );
  const { title, about, file } = section;
  return [
    `## ${title}\n`,
    `${about} (\`${file}\`)\n`,
    '| limit | value | why |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
};

/** `4,194,304 (4 MiB)` where it is bytes. */
const valueText = (name: string, value: number): string => {
  const digits = value.toLocaleString('en-US');
  const isBytes = /bytes/i.test(name) && value >= MIB / 16 && value % 1_024 === 0;
  return isBytes ? `${digits} (${formatSize(value)})` : digits;
};
