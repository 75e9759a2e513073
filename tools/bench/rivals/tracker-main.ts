/**
 * A small BitTorrent tracker (HTTP, compact answers): `tracker-main.js HOST PORT`. Says `announced PORT` when a peer comes for
 * the first time. Knows one torrent: a bench has no other.
 */
import { createServer, type ServerResponse } from 'node:http';
import { bencode } from './bencode.js';

/** Peers ask again after so many seconds; short, so that a swarm is connected soon. */
const INTERVAL_S = 2;

const peers = new Map<string, Buffer>();

const compact = (host: string, port: number): Buffer => {
  const bytes = Buffer.from([...host.split('.').map(Number), 0, 0]);
  bytes.writeUInt16BE(port, 4);
  return bytes;
};

const announce = (host: string, query: URLSearchParams, response: ServerResponse): void => {
  const port = Number(query.get('port'));
  const key = `${host}:${port}`;
  if (query.get('event') === 'stopped') peers.delete(key);
  else if (!peers.has(key)) {
    peers.set(key, compact(host, port));
    console.log(`announced ${port}`);
  }
  const others = [...peers].filter(([other]) => other !== key).map(([, bytes]) => bytes);
  const answer = {
    interval: INTERVAL_S,
    'min interval': INTERVAL_S,
    complete: 0,
    incomplete: 0,
    peers: Buffer.concat(others),
  };
  response.end(bencode(answer));
};

const [host = '127.0.0.1', port = '6969'] = process.argv.slice(2);
const server = createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://tracker');
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (pathname === '/announce') announce(address, plainQuery(search), response);
  else response.writeHead(404).end();
});
server.listen(Number(port), host, () => console.log('listening'));

/** info_hash has bytes that are no UTF-8; only plain words are read. */
function plainQuery(search: string): URLSearchParams {
  const pairs = search.slice(1).split('&');
  return new URLSearchParams(pairs.filter((pair) => /^(port|event)=/.test(pair)).join('&'));
}
