import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ShoalError } from '#core';
import type { ManagedProcess } from '../run/managed-process.js';
import { bundled } from '../run/project.js';
import type { Run } from '../run/run.js';
import { freePorts } from '../services/ports.js';
import type { Services } from '../services/services.js';
import {
  anchorEnvironment,
  cliEnvironment,
  consoleEnvironment,
  peerEnvironment,
  type Common,
  type PeerPlan,
} from './app-environment.js';

/** The three processes that make an anchor. */
export const ANCHOR_PARTS = ['connection', 'manifest', 'transfer'] as const;
export type AnchorPart = (typeof ANCHOR_PARTS)[number];

export interface NetworkPlan {
  /** `services.network` when left out. Tests on shared servers take one of their own (`uniqueNetwork`). */
  readonly network?: string;
  readonly anchors?: readonly string[];
  readonly peers?: readonly PeerPlan[];
  /** Starts the console too. */
  readonly console?: boolean;
  readonly logLevel?: string;
  /** Gets each line that a process writes, beside its log. */
  readonly onLine?: (name: string, line: string) => void;
}

export interface RunningAnchor {
  readonly name: string;
  readonly processes: Readonly<Record<AnchorPart, ManagedProcess>>;
}

export interface RunningPeer {
  readonly name: string;
  readonly process: ManagedProcess;
  readonly dataFolder: string;
  readonly roots: readonly string[];
  readonly controlSocket: string;
  /** What it announced about itself when it was ready. */
  readonly announced: Readonly<Record<string, unknown>>;
}

export interface RunningConsole {
  readonly process: ManagedProcess;
  readonly url: string;
}

/** A peer tells an anchor that it leaves and waits for the answer; anchors settle what is in hand. */
const PEER_GRACE_MS = 2_500;
const ANCHOR_GRACE_MS = 1_200;

/** A network of real processes on this machine. Anchors and peers can be added, stopped and killed one by one. */
export class Network {
  readonly anchors = new Map<string, RunningAnchor>();
  readonly peers = new Map<string, RunningPeer>();
  console: RunningConsole | undefined;
  readonly id: string;
  private readonly common: Common;

  constructor(
    private readonly run: Run,
    readonly services: Services,
    private readonly plan: NetworkPlan,
  ) {
    this.id = plan.network ?? services.network;
    this.common = {
      services,
      network: this.id,
      anchors: plan.anchors ?? [],
      logLevel: plan.logLevel ?? 'info',
    };
  }

  /** Anchors first: a peer joins the first one that answers. */
  async start(): Promise<void> {
    await this.services.limitTopics(this.id);
    await Promise.all((this.plan.anchors ?? []).map((name) => this.addAnchor(name)));
    await Promise.all((this.plan.peers ?? []).map((peer) => this.addPeer(peer)));
    if (this.plan.console === true) await this.addConsole();
  }

  async addAnchor(name: string): Promise<RunningAnchor> {
    const parts = ANCHOR_PARTS.map((part) => [part, this.spawnPart(name, part)] as const);
    const anchor = { name, processes: Object.fromEntries(parts) as Record<AnchorPart, ManagedProcess> };
    this.anchors.set(name, anchor);
    await Promise.all(parts.map(([, process]) => process.ready()));
    return anchor;
  }

  /** Starts a peer; under the name of an earlier one it takes up its folders, as after a restart of the machine. */
  addPeer(plan: PeerPlan): Promise<RunningPeer> {
    return this.launchPeer(plan).ready;
  }

  /** The same, with its process at hand before it is ready. */
  launchPeer(plan: PeerPlan): { readonly process: ManagedProcess; readonly ready: Promise<RunningPeer> } {
    const dataFolder = plan.dataFolder ?? this.run.path('peers', this.id, plan.name);
    const roots = plan.roots ?? [join(dataFolder, 'files')];
    for (const root of roots) mkdirSync(root, { recursive: true });
    const process = this.spawn(
      plan.name,
      'peer',
      peerEnvironment(this.common, plan, { dataFolder, roots }),
      plan.within,
    );
    const ready = process.ready().then((facts) => {
      const announced = (facts ?? {}) as Record<string, unknown>;
      const controlSocket = String(announced['controlSocket'] ?? join(dataFolder, 'control.sock'));
      const peer = { name: plan.name, process, dataFolder, roots, controlSocket, announced };
      this.peers.set(plan.name, peer);
      return peer;
    });
    return { process, ready };
  }

  /** Kills the three processes of an anchor, as a machine that loses power would. */
  async killAnchor(name: string): Promise<void> {
    const { processes } = this.anchor(name);
    for (const process of Object.values(processes)) process.kill('SIGKILL');
    await Promise.all(Object.values(processes).map((process) => process.exited));
    this.anchors.delete(name);
  }

  /** @throws ShoalError `not-found` */
  anchor(name: string): RunningAnchor {
    return found(this.anchors.get(name), `anchor ${name}`);
  }

  /** @throws ShoalError `not-found` */
  peer(name: string): RunningPeer {
    return found(this.peers.get(name), `peer ${name}`);
  }

  /** The environment in which `shoal` talks to this network. */
  get cliEnvironment(): Record<string, string | undefined> {
    return cliEnvironment(this.common);
  }

  /** Ends all processes within 4 s: peers first, so that they can say goodbye to an anchor. */
  async stop(): Promise<void> {
    await Promise.all([...this.peers.values()].map(({ process }) => process.stop(PEER_GRACE_MS)));
    const rest = [...this.anchors.values()].flatMap(({ processes }) => Object.values(processes));
    if (this.console !== undefined) rest.push(this.console.process);
    await Promise.all(rest.map((process) => process.stop(ANCHOR_GRACE_MS)));
  }

  private async addConsole(): Promise<void> {
    const [port] = (await freePorts(1)) as [number];
    const process = this.spawn('console', 'console', consoleEnvironment(this.common, port));
    await process.ready();
    this.console = { process, url: `http://127.0.0.1:${port}/` };
  }

  private spawnPart(anchor: string, part: AnchorPart): ManagedProcess {
    return this.spawn(`${anchor}/${part}`, part, anchorEnvironment(this.common, anchor));
  }

  private spawn(
    name: string,
    program: string,
    env: Record<string, string | undefined>,
    within: readonly string[] = [],
  ): ManagedProcess {
    const words = [...within, process.execPath, bundled(program)];
    const [command, ...args] = words as [string, ...string[]];
    return this.run.spawn({
      name,
      command,
      args,
      env,
      cwd: this.run.folder,
      announces: true,
      ...(this.plan.onLine === undefined ? {} : { onLine: this.plan.onLine }),
    });
  }
}

const found = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new ShoalError('not-found', `there is no ${what} in this network`);
  return value;
};

/** A started network. @throws ShoalError with the end of the log of the process that did not come up */
export const startNetwork = async (run: Run, services: Services, plan: NetworkPlan): Promise<Network> => {
  const network = new Network(run, services, plan);
  await network.start();
  return network;
};
