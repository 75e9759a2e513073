import { asShoalError } from '#core';
import { print, styleOf, type Context } from '../context.js';
import type { Finding, Level } from '../doctor/finding.js';
import { ok, fail } from '../doctor/finding.js';
import { judgeAnchors, judgeKind } from '../doctor/judge-anchors.js';
import { judgeBroker, type BrokerLook } from '../doctor/judge-broker.js';
import { judgePeer } from '../doctor/judge-peer.js';
import { lookAtAdmin, lookAtAnchors, lookAtKind, lookAtPeer } from '../doctor/look.js';
import { findDaemons } from '../local/find-daemon.js';
import type { NetworkPlace } from '../network/place.js';
import { makeBroker, withAnchors, type Anchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { software } from '../version.js';
import { placeFor, placeIfAny, type PeerOptions } from './options.js';

/** Looks at everything that can be wrong and says how to mend it; fails when something is. */
export const doctor = async (options: PeerOptions, context: Context): Promise<ExitCode> => {
  const findings: Finding[] = [];
  const say = (found: readonly Finding[]): void => {
    findings.push(...found);
    for (const one of found) sayFinding(one, options, context);
  };
  say([ok('command line', `${software()}, Node ${process.version}`)]);
  const place = knownPlace(options, context, say);
  if (place !== undefined) await examineNetwork(place, options, context, say);
  else await examinePeers(options, undefined, context, say);
  const failed = findings.some(({ level }) => level === 'fail');
  if (options.json !== true) print(context, summary(findings));
  return failed ? EXIT.failed : EXIT.ok;
};

type Say = (found: readonly Finding[]) => void;

const knownPlace = (options: PeerOptions, context: Context, say: Say): NetworkPlace | undefined => {
  try {
    const place = placeFor(options, context);
    say([ok('network', `${place.networkId}, anchors ${place.anchors.map(({ name }) => name).join(', ')}`)]);
    return place;
  } catch (error) {
    const { message, hint } = asShoalError(error);
    say([fail('network', message, hint ?? 'Say where the anchors are with --anchors or ANCHORS.')]);
    return undefined;
  }
};

const examineNetwork = async (
  place: NetworkPlace,
  options: PeerOptions,
  context: Context,
  say: Say,
): Promise<void> => {
  const isUp = await examineBroker(place, context, say);
  if (!isUp) return examinePeers(options, undefined, context, say);
  const broker = await makeBroker(place, 'doctor', context);
  const work = async (anchors: Anchors): Promise<void> => {
    const { PROTOCOL_VERSION } = await import('#wire');
    const looks = await lookAtAnchors(anchors, place, context.now);
    say(judgeAnchors(looks, { software: software(), protocol: PROTOCOL_VERSION }));
    for (const kind of ['manifest', 'transfer'] as const)
      say([judgeKind(kind, await lookAtKind(anchors, kind))]);
    await examinePeers(options, anchors, context, say);
  };
  await withAnchors(broker, work, context.interrupts());
};

/** Every broker node of the list. True when one can be used. */
const examineBroker = async (place: NetworkPlace, context: Context, say: Say): Promise<boolean> => {
  let isUp = false;
  for (const url of new Set(place.anchors.map((anchor) => anchor.url))) {
    const look = await lookAtBroker(url, place, context);
    isUp ||= 'facts' in look;
    const adminUrl = context.env['SHOAL_ADMIN_URL'] ?? place.file?.admin?.url;
    say(judgeBroker(look, withoutLogin(url), await lookAtAdmin(url, adminUrl)));
  }
  return isUp;
};

const lookAtBroker = async (
  url: string,
  { networkId }: NetworkPlace,
  { inspectBroker }: Context,
): Promise<BrokerLook> => {
  try {
    const inspect = inspectBroker ?? (await import('#platform/broker')).inspectBroker;
    return { facts: await inspect(url, networkId, 'cli/doctor') };
  } catch (error) {
    return { error: asShoalError(error) };
  }
};

const examinePeers = async (
  options: PeerOptions,
  anchors: Anchors | undefined,
  context: Context,
  say: Say,
): Promise<void> => {
  const { env, cwd } = context;
  try {
    const place = placeIfAny(options, context);
    const daemons = await findDaemons({ peer: options.peer, env, cwd, place });
    if (daemons.length === 0)
      say([ok('peers', 'none runs on this machine; commands start one for themselves')]);
    for (const daemon of daemons) say(judgePeer(await lookAtPeer(daemon, anchors), software()));
  } catch (error) {
    const { message, hint } = asShoalError(error);
    say([fail('peers', message, hint ?? '`shoal status` lists the peers of this machine.')]);
  }
};

const withoutLogin = (text: string): string => {
  const url = new URL(text);
  url.username = url.password = '';
  return url.href;
};

const MARKS: Readonly<Record<Level, string>> = { ok: 'OK  ', warn: 'WARN', fail: 'FAIL' };

const sayFinding = (finding: Finding, { json }: PeerOptions, context: Context): void => {
  if (json === true) return print(context, JSON.stringify(finding));
  const { check, level, text, mend } = finding;
  const style = styleOf(context, context.stdout);
  const paint = { ok: style.good, warn: style.warn, fail: style.bad }[level];
  print(context, `${paint(MARKS[level])}  ${clean(check)}: ${clean(text)}`);
  if (mend !== undefined) print(context, `      ${style.dim('mend:')} ${clean(mend)}`);
};

const summary = (findings: readonly Finding[]): string => {
  const count = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  return `${count('ok')} well, ${count('warn')} worth a look, ${count('fail')} wrong`;
};
