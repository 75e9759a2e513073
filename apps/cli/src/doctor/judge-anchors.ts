import type { ReplyBody } from '#contracts';
import { formatDuration, type ShoalError } from '#core';
import { clean } from '../output/sanitize.js';
import { fail, isAtLeast, ok, warn, type Finding } from './finding.js';

export interface AnchorLook {
  /** As the list calls it; `any` where it gives no names. */
  readonly name: string;
  readonly reply?: ReplyBody<'connection.check'>;
  readonly error?: ShoalError;
  /** How far its clock is ahead of ours, milliseconds, give or take half of the round trip. */
  readonly skewMs?: number;
}

export interface Own {
  readonly software: string;
  readonly protocol: number;
}

const OLDEST_REDIS: readonly [number, number] = [7, 0];
const SLOW_REDIS_MS = 50;
/** Ages and deadlines are compared between machines, milliseconds. */
const SKEW_WARN_MS = 2_000;
const SKEW_FAIL_MS = 60_000;

export const judgeAnchors = (looks: readonly AnchorLook[], own: Own): Finding[] => {
  const answering = looks.filter(({ reply }) => reply !== undefined);
  const silent = looks.filter(({ reply }) => reply === undefined);
  return [
    ...answering.flatMap((look) => judgeAnchor(look, own)),
    ...silent.map((look) => silence(look, answering.length > 0)),
  ];
};

/** The other two processes of an anchor: any instance will do. */
export const judgeKind = (kind: 'manifest' | 'transfer', error: ShoalError | undefined): Finding =>
  error === undefined
    ? ok(`${kind} process`, 'answers')
    : fail(
        `${kind} process`,
        error.message,
        `Look at the log of the ${kind} process of an anchor; \`shoal anchor\` starts all three.`,
      );

const judgeAnchor = ({ reply, skewMs }: AnchorLook, own: Own): Finding[] => {
  if (reply === undefined) return [];
  const name = `anchor ${reply.anchor}`;
  return [versions(name, reply, own), ...redis(reply), ...clock(name, skewMs)];
};

const silence = ({ name, error }: AnchorLook, othersAnswer: boolean): Finding => {
  const text = error?.message ?? 'it does not answer';
  const start = `Start it with \`shoal anchor --name ${name === 'any' ? 'server1' : name}\`, or look at its log.`;
  return othersAnswer
    ? warn(`anchor ${name}`, text, `${start} The others do its work meanwhile.`)
    : fail(`anchor ${name}`, text, start);
};

const versions = (name: string, { software, protocol }: ReplyBody<'connection.check'>, own: Own): Finding => {
  if (protocol !== own.protocol) {
    const text = `${clean(software)} speaks version ${protocol} of the chunk protocol, this is ${own.protocol}`;
    return fail(name, text, 'Run the same version of Shoal on all machines.');
  }
  return software === own.software
    ? ok(name, `answers, ${clean(software)}`)
    : warn(name, `runs ${clean(software)}, this is ${own.software}`, 'Bring the older one up to date.');
};

const redis = ({ anchor, redis: facts }: ReplyBody<'connection.check'>): Finding[] => {
  const name = `redis of ${anchor}`;
  const { version, appendOnly, pingMs } = facts;
  const found: Finding[] = [];
  if (version !== undefined && !isAtLeast(version, OLDEST_REDIS)) {
    found.push(fail(name, `Redis ${clean(version)}`, `Use Redis ${OLDEST_REDIS.join('.')} or newer.`));
  }
  if (appendOnly === false) {
    found.push(
      warn(
        name,
        'its append-only file is off: a restart forgets names, versions and distributions',
        'Set `appendonly yes` in redis.conf, or `redis-cli config set appendonly yes`.',
      ),
    );
  }
  if (pingMs > SLOW_REDIS_MS) {
    found.push(
      warn(
        name,
        `one round trip takes ${formatDuration(pingMs)}`,
        'Run it near the anchors; look at its load.',
      ),
    );
  }
  return found.length > 0 ? found : [ok(name, `Redis ${clean(version ?? 'of unknown version')}`)];
};

const clock = (name: string, skewMs: number | undefined): Finding[] => {
  if (skewMs === undefined) return [];
  const skew = Math.abs(skewMs);
  const check = `clock of ${name}`;
  const text = `it is ${formatDuration(skew)} ${skewMs < 0 ? 'behind' : 'ahead of'} this machine`;
  const mend = 'Run a time service (chrony, systemd-timesyncd) on both machines.';
  if (skew >= SKEW_FAIL_MS) return [fail(check, text, mend)];
  return skew >= SKEW_WARN_MS ? [warn(check, text, mend)] : [ok(check, 'the same as here')];
};
