import type { Workshop } from '../frame/workshop.js';
import { Hub, whyNoNamespaces } from '../lab/hub.js';
import { LIBTORRENT_PACKAGE } from '../rivals/libtorrent.js';
import { providePackages, withCommand, type DebianPackage } from '../rivals/provide.js';
import { provideWebtorrent } from '../rivals/webtorrent-package.js';
import { BenchNetwork } from '../shoal/bench-network.js';

/** What each tool needs; `lab` is what the namespaces need. */
const PACKAGES: Readonly<Record<string, readonly DebianPackage[]>> = {
  lab: [withCommand('iproute2', 'ip'), withCommand('iproute2', 'tc')],
  libtorrent: [LIBTORRENT_PACKAGE],
  aria2: [withCommand('aria2', 'aria2c')],
  rsync: [withCommand('rsync', 'rsync')],
  'nginx+curl+sha256': [
    withCommand('nginx-light', 'nginx'),
    withCommand('curl', 'curl'),
    withCommand('openssl', 'openssl'),
  ],
  transmission: [
    withCommand('transmission-daemon', 'transmission-daemon'),
    withCommand('transmission-cli', 'transmission-remote'),
  ],
  iperf3: [withCommand('iperf3', 'iperf3')],
  nft: [withCommand('nftables', 'nft')],
};

/** Brings the tools, as far as that is allowed and they are wanted. */
export const provideTools = async (
  { options, say }: Workshop,
  tools: readonly string[],
  more: readonly DebianPackage[] = [],
): Promise<void> => {
  const wanted = tools.filter((tool) => options.tools?.includes(tool) ?? true);
  const names = process.getuid?.() === 0 ? ['lab', ...wanted] : wanted;
  await providePackages([...names.flatMap((name) => PACKAGES[name] ?? []), ...more], say);
  if (wanted.includes('webtorrent')) await provideWebtorrent(say);
};

/** What benches that move files share: the way to the hosts, and the system's own anchors. */
export interface Ground {
  /** Undefined where there can be no namespaces. */
  readonly hub: Hub | undefined;
  /** Started when the system itself has its first run. */
  readonly net: BenchNetwork;
}

const grounds = new WeakMap<Workshop, Promise<Ground>>();

const openGround = async (workshop: Workshop): Promise<Ground> => {
  const hub = whyNoNamespaces() === undefined ? await Hub.open(workshop.run) : undefined;
  const net = await BenchNetwork.open(workshop, hub?.address ?? '127.0.0.1');
  return { hub, net };
};

/** One for all benches of a command. It ends with the run. */
export const groundOf = (workshop: Workshop): Promise<Ground> => {
  const ground = grounds.get(workshop) ?? openGround(workshop);
  grounds.set(workshop, ground);
  return ground;
};
