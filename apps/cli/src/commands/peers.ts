import type { PeerRow, ReplyBody } from '#contracts';
import { print, styleOf, type Context } from '../context.js';
import { makeBroker, withAnchors, type Anchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { renderPeers } from '../output/listings.js';
import { placeFor, type NetworkOptions } from './options.js';

/** Everybody who is in the network now. */
export const peers = async (options: NetworkOptions, context: Context): Promise<ExitCode> => {
  const broker = await makeBroker(placeFor(options, context), 'peers', context);
  const rows = await withAnchors(broker, allPeers, context.interrupts());
  if (options.json === true) for (const row of rows) print(context, JSON.stringify(row));
  else if (rows.length === 0) print(context, 'no peer is in the network');
  else print(context, renderPeers(rows, context.now(), styleOf(context, context.stdout)));
  return EXIT.ok;
};

const allPeers = async (anchors: Anchors): Promise<PeerRow[]> => {
  const rows: PeerRow[] = [];
  let after: PeerRow['peerId'] | undefined;
  do {
    const page: ReplyBody<'connection.peers'> = await anchors.ask('connection.peers', {
      ...(after === undefined ? {} : { after }),
    });
    rows.push(...page.peers);
    after = page.next === after ? undefined : page.next;
  } while (after !== undefined);
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
};
