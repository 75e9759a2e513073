import { MIB } from '#core';

/** Bytes of a request: 10,000 targets of a usual length. */
export const BODY_MAX = 4 * MIB;
/** Streams of facts at the same time. */
export const STREAMS_MAX = 100;
/** Facts that wait at the broker while the console is busy; older ones are dropped. */
export const FACTS_WAITING_MAX = 10_000;
/** A stream says that it is there at its start and so often, milliseconds: proxies end what is silent for a minute or less. */
export const STREAM_ALIVE_MS = 15_000;
