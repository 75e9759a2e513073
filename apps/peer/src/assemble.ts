import { systemClock } from '#core';
import { topologyOf, type LocalEvent, type StorageOffer } from '#contracts';
import type { PeerIdentity } from '#engine';
import type { ManagedBroker } from '#platform';
import { PROTOCOL_VERSION } from '#wire';
import { Acknowledger } from './acknowledger.js';
import { BrokerAnchors } from './broker-anchors.js';
import { CommandStore } from './command-store.js';
import { Commands } from './commands.js';
import type { PeerConfig } from './config.js';
import { PeerDaemon, type Log } from './daemon.js';
import type { DataFolder } from './data-folder.js';
import { Delivery } from './delivery.js';
import { Dropping } from './dropping.js';
import { Downloads } from './downloads.js';
import { Forgetting } from './forgetting.js';
import { HoldingsLedger } from './holdings-ledger.js';
import { Inbox } from './inbox.js';
import { Incarnations } from './incarnations.js';
import { Leftovers } from './leftovers.js';
import { LearningAnchors, NO_REGISTRY } from './names/learning-anchors.js';
import { NameBook } from './names/name-book.js';
import { NameRestoring } from './names/name-restoring.js';
import { WipedRegistry } from './names/wiped-registry.js';
import { ManifestSource } from './manifest-source.js';
import { Membership } from './membership.js';
import { PlacedStorage } from './placed/placed-storage.js';
import { Releases } from './placed/releases.js';
import { systemTimers, type EngineHost } from './ports.js';
import { Presence } from './presence.js';
import { Publishing } from './publishing.js';
import { Reports } from './reports.js';
import { Roots } from './roots.js';
import { Sharing } from './sharing.js';

export interface Surroundings {
  readonly config: PeerConfig;
  readonly data: DataFolder;
  readonly identity: PeerIdentity;
  readonly engine: EngineHost;
  readonly broker: ManagedBroker;
  readonly software: string;
  readonly log: Log;
  /** Ends the process after a graceful leave. */
  readonly leaveProcess: (reason: string) => void;
  /** An anchor took this peer. */
  readonly onJoined: (anchor: string) => void;
}

/** Makes the parts of a peer and joins them; nothing runs before `PeerDaemon.start`. */
export const assemble = async (around: Surroundings): Promise<PeerDaemon> => {
  const { config, data, identity, engine, broker, software, log } = around;
  const { peerId } = identity;
  const { now } = systemClock;
  const random = Math.random;
  const trouble = (what: string) => (error: unknown) =>
    log.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`);

  const topology = topologyOf(config.networkId);
  const ledger = new HoldingsLedger();
  const holds = ledger.holds.bind(ledger);
  const book = new NameBook({
    ...{ file: data.namesFile, timers: systemTimers, holds, onTrouble: trouble('remembering names') },
  });
  await book.start();
  const link = new BrokerAnchors(broker, topology, peerId);
  let registry = NO_REGISTRY;
  const anchors = new LearningAnchors(link, book, () => registry);
  const acknowledger = new Acknowledger(ledger, anchors, systemTimers, now, trouble('telling what is held'));
  const storage = (): StorageOffer | undefined => placed.offer;
  const presence = new Presence({
    peerId,
    advertise: config.advertise,
    engine,
    anchors,
    ledger,
    acknowledger,
    random,
    storage,
    onTrouble: trouble('telling the anchors'),
  });
  const membership = new Membership(
    {
      peerId,
      publicKey: Buffer.from(identity.publicKey).toString('base64'),
      name: config.name,
      labels: config.labels,
      networkId: config.networkId,
      software,
      protocol: PROTOCOL_VERSION,
      anchors: config.anchors.map(({ name }) => name).filter((name) => name !== 'any'),
    },
    link.askToJoin,
    {
      joined: (reply, incarnation) => {
        log.info(
          `joined through ${reply.anchor} as ${config.name}` +
            (reply.reachable ? '' : '; no anchor can dial this peer, so it is handed out to nobody'),
        );
        if (reply.replaced !== undefined) {
          log.warn(
            `another peer (${reply.replaced.host}, port ${reply.replaced.port}) was here under this peer id until now: ` +
              'is its key used twice? Delete key.pem in the data folder of one of them',
          );
        }
        presence.joined(reply, incarnation);
        around.onJoined(reply.anchor);
        registry = reply.registry;
        names.joined();
        void inbox.hearFacts().catch(trouble('listening to facts'));
        void placed.trim().catch(trouble('making room for others'));
      },
      joinFailed: trouble('no anchor has taken this peer yet'),
      leaseDue: () => presence.leaseDue(),
    },
    systemTimers,
    random,
    storage,
  );
  presence.use(membership);

  const names = new NameRestoring({
    ...{ peerId, book, anchors, timers: systemTimers, random, say: (text: string) => log.info(text) },
    manifestOf: async (fileId) => (holds(fileId) ? engine.manifestFromNeighbours(fileId) : undefined),
  });
  const manifests = new ManifestSource(peerId, anchors, (fileId) => engine.manifestFromNeighbours(fileId));
  const downloads = new Downloads({ engine, manifests, timers: systemTimers, now, random });
  const roots = new Roots(config.roots);
  const releases = new Releases({
    ...{ peerId, engine, anchors, ledger },
    incarnation: () => membership.incarnation,
    wake: () => acknowledger.wake(),
  });
  const placed = new PlacedStorage({
    ...{ folder: data.placedFolder, max: config.storageMax, engine, downloads, releases, now },
    changed: () => presence.leaseDue(),
  });
  const delivery = new Delivery(downloads, roots, config.takesCommands);
  const forgetting = new Forgetting(engine, ledger, acknowledger);
  const publishing = new Publishing(
    engine,
    anchors,
    now,
    () => acknowledger.flush(),
    (fileId) => forgetting.forget(fileId),
  );
  const dropping = new Dropping(forgetting, anchors, publishing.inHand, (text) => log.info(text));
  const store = new CommandStore(data.commandsFolder, now);
  await store.start();
  const leaveProcess = around.leaveProcess;
  const commands = new Commands(
    peerId,
    store,
    {
      download: async (command, tell: (event: LocalEvent) => void, signal) => {
        if (!('ranges' in command)) return delivery.forCommand(command, tell, signal);
        const done = await placed.keep(command, tell, signal);
        // Who hears that it is placed may look for it at once.
        await acknowledger.flush();
        return done;
      },
      report: () => acknowledger.report(),
      rejoin: () => membership.rejoin(),
      drop: async (fileId, reason) => {
        if (!(await dropping.drop(fileId, reason))) return;
        book.forgetFile(fileId);
        await placed.drop(fileId);
      },
      forgetName: (name, version) => book.forget({ name, version }),
      leave: leaveProcess,
      trouble: (what, error) => trouble(what)(error),
    },
    anchors,
    { ...systemTimers, now },
  );
  const wiped = new WipedRegistry(membership, systemTimers, random);
  const incarnations = new Incarnations(data.incarnationFile, now, trouble('keeping its incarnation'));
  const inbox = new Inbox(peerId, incarnations, commands, wiped, topology.exchanges.events);
  return new PeerDaemon({
    config,
    peerId,
    software,
    log,
    engine,
    broker,
    anchors,
    ledger,
    acknowledger,
    membership,
    presence,
    inbox,
    book,
    names,
    commands,
    downloads,
    delivery,
    publishing,
    sharing: new Sharing(engine, anchors, now, () => acknowledger.flush(), publishing.inHand),
    reports: new Reports(peerId, anchors, now, trouble('reporting a peer')),
    roots,
    forgetting,
    leftovers: new Leftovers({
      ...{ engine, store, ledger, acknowledger, now },
      commandsFolder: data.commandsFolder,
      placedFolder: data.placedFolder,
    }),
    placed,
    leaveProcess,
  });
};
