/**
 * A WebTorrent peer for the benchmarks: one torrent, moved by signals. Its only argument is JSON: module (where webtorrent is), torrent,
 * folder, seeds, port, peers, strategy. Writes "ready", begins on SIGUSR2 (a seeder at once), writes "complete" at the end.
 */
import { readFileSync } from 'node:fs';
import { register } from 'node:module';

// WebRTC is native and is loaded at start; peers that speak TCP never use it.
const STUB =
  'export class RTCPeerConnection {} export class RTCSessionDescription {} export class RTCIceCandidate {} export default {}';
const HOOKS = `
const STUB = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(STUB)});
export const resolve = (name, context, next) =>
  name === 'webrtc-polyfill' || name === 'node-datachannel' ? { url: STUB, shortCircuit: true } : next(name, context);
`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, import.meta.url);

const CONNECTIONS = 200;
const plan = JSON.parse(process.argv[2]);
const { default: WebTorrent } = await import(plan.module);
const client = new WebTorrent({
  dht: false,
  utp: false,
  lsd: false,
  natUpnp: false,
  natPmp: false,
  tracker: false,
  utPex: false,
  torrentPort: plan.port,
  maxConns: CONNECTIONS,
});
client.on('error', (error) => {
  console.log(error.message);
  process.exit(1);
});

const begin = () => {
  const torrent = client.add(readFileSync(plan.torrent), {
    path: plan.folder,
    maxWebConns: 0,
    uploads: CONNECTIONS,
    strategy: plan.strategy,
    skipVerify: plan.seeds,
  });
  torrent.on('warning', () => {});
  const dial = () => plan.peers.forEach((peer) => torrent.addPeer(peer));
  if (torrent.infoHash) dial();
  else torrent.once('infoHash', dial);
  if (plan.seeds) torrent.on('ready', () => console.log('ready'));
  else torrent.on('done', () => console.log('complete'));
};

if (plan.seeds) begin();
else {
  process.once('SIGUSR2', begin);
  console.log('ready');
}
