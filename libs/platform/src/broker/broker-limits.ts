import { MESSAGE_LIMITS } from '#contracts';

/** Caps and times of the broker adapter, milliseconds where nothing else is said. */
export const BROKER_LIMITS = {
  /** Bytes of a body, both ways. */
  bodyBytes: MESSAGE_LIMITS.bodyBytes,
  /** A body over the cap goes to the dead letters with its first bytes only. */
  deadBodyBytes: 4_096,
  /** Characters of all headers that a dead letter keeps from the original. */
  deadHeaderCharacters: 8_192,
  /** Requests that wait for a reply. */
  pendingRequests: 1_000,
  /** Messages that the broker has not confirmed yet. */
  pendingConfirms: 10_000,
  /** Seconds between AMQP heartbeats; a connection that is silent for two of them is lost. */
  heartbeatSeconds: 5,
  /**
   * Of peers: heartbeats of 10,000 connections every 5 s take a third of a core of the broker. A machine that loses power is
   * gone for the network after two of these; a process that dies is at once.
   */
  peerHeartbeatSeconds: 15,
  /** For TCP connect and AMQP handshake together. */
  connectTimeout: 5_000,
  /** For a publisher confirm. */
  confirmTimeout: 10_000,
  /** First and longest wait between two rounds of connection attempts; doubles, and is spread by half. */
  retryFirst: 200,
  retryLongest: 5_000,
  /** A session that lived shorter than this counts as a failed attempt, so that a flapping one is not tried in a loop. */
  settledSession: 5_000,
  /** First and longest pause of a consumer whose dependency is away. */
  pauseFirst: 250,
  pauseLongest: 5_000,
  /** For the handlers in hand when the process ends. */
  drain: 10_000,
  requestTimeout: 5_000,
  requestTries: 3,
} as const;
