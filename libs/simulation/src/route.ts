import type { Random } from '#core';
import type { Pipe } from './pipe.js';
import type { NetworkPlan } from './plan.js';

/** Payload of a full Ethernet frame. */
const SEGMENT = 1_448;
/** Mathis et al. 1997: a loss-based connection holds SEGMENT / roundTrip * 1.22 / sqrt(loss). */
const MATHIS = 1.22;
/** What a round trip takes at least in that formula: hosts are not infinitely quick. */
const ROUND_TRIP_MIN_MS = 0.5;
/** A lost small message has nothing behind it that would show the loss: TCP's tail loss probe sends it again after two round trips, 10 ms at least. */
const PROBE_ROUND_TRIPS = 2;
const PROBE_MIN_MS = 10;

/** How bytes get from one host to another: latency, loss and, between racks, a link that is shared. */
export class Route {
  /** Bytes a millisecond that one connection reaches at most. */
  readonly connectionRate: number;

  constructor(
    /** One way, milliseconds. */
    readonly latency: number,
    readonly loss: number,
    /** The link between the racks of the two hosts, in this direction. */
    readonly far: Pipe | undefined,
  ) {
    const roundTrip = Math.max(ROUND_TRIP_MIN_MS, 2 * latency);
    this.connectionRate = loss === 0 ? Infinity : (SEGMENT / roundTrip) * (MATHIS / Math.sqrt(loss));
  }

  /** Milliseconds that a small message takes. */
  messageDelay(random: Random): number {
    if (this.loss === 0 || random() >= this.loss) return this.latency;
    return this.latency + Math.max(PROBE_MIN_MS, PROBE_ROUND_TRIPS * 2 * this.latency);
  }

  /** Bytes on the wire for a payload: what is lost is sent again. */
  onWire(bytes: number): number {
    return bytes / (1 - this.loss);
  }
}

/** Routes between racks; those of the same pair share one link per direction. */
export class Routes {
  private readonly near: Route;
  private readonly between = new Map<string, Route>();

  constructor(
    private readonly plan: Pick<NetworkPlan, 'latency' | 'loss' | 'far'>,
    private readonly newPipe: (rate: number) => Pipe,
  ) {
    this.near = new Route(plan.latency, plan.loss ?? 0, undefined);
  }

  of(from: number, to: number): Route {
    const { far } = this.plan;
    if (from === to || far === undefined) return this.near;
    const key = `${from}>${to}`;
    const known = this.between.get(key);
    if (known !== undefined) return known;
    const route = new Route(far.latency, this.plan.loss ?? 0, this.newPipe(far.rate));
    this.between.set(key, route);
    return route;
  }

  /** Bytes that passed each link between racks. */
  get farBytes(): number[] {
    return [...this.between.values()].map(({ far }) => far?.passedBytes ?? 0);
  }
}
