import { request, type IncomingMessage } from 'node:http';
import { errorFromDocument, ShoalError, type FileId } from '#core';
import {
  fields,
  LOCAL_API_VERSION,
  LOCAL_ROUTES,
  LOCAL_VERB_ROUTES,
  localCleanReply,
  localHeadersOf,
  localMismatch,
  localSideOf,
  localStopSharingReply,
  localEvent,
  localStatus,
  parseWith,
  type LocalEvent,
  type LocalLeftover,
  type LocalSide,
  type LocalStatus,
  type LocalStopSharingReply,
  type localCleanRequest,
  type localGetRequest,
  type localLimitsRequest,
  type localPublishRequest,
  type localShareRequest,
} from '#contracts';
import type { z } from 'zod';
import { software } from '../version.js';
import { linesOf } from './ndjson.js';

/** Bytes of an answer that is not a stream. A status lists the daemon's files. */
const ANSWER_MAX = 64 * 1_024 * 1_024;
const STATUS_MS = 5_000;
/** The daemon takes 2 s at most to tell the anchors. */
const LEAVE_MS = 10_000;
/** Deleting part files of many gigabytes. */
const TIDY_MS = 60_000;

/** What happens while a local peer works, without the failure: that is thrown. */
export type PeerEvent = Exclude<LocalEvent, { event: 'failed' }>;

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** A peer of this machine, daemon or one-shot, over its control socket. Every failure is a ShoalError. */
export class ControlClient {
  constructor(readonly socketPath: string) {}

  async status(timeoutMs = STATUS_MS): Promise<LocalStatus> {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await this.answer({ method: 'GET', path: LOCAL_ROUTES.status, signal });
    return parseWith(localStatus, answer, 'the status of the peer');
  }

  publish(body: z.input<typeof localPublishRequest>, signal?: AbortSignal): AsyncGenerator<PeerEvent> {
    return this.events({ method: 'POST', path: LOCAL_ROUTES.publish, body, signal });
  }

  /** Raising the signal cancels the download; what was downloaded is kept. */
  get(body: z.input<typeof localGetRequest>, signal?: AbortSignal): AsyncGenerator<PeerEvent> {
    return this.events({ method: 'POST', path: LOCAL_ROUTES.get, body, signal });
  }

  share(body: z.input<typeof localShareRequest>, signal?: AbortSignal): AsyncGenerator<PeerEvent> {
    return this.events({ method: 'POST', path: LOCAL_ROUTES.share, body, signal });
  }

  async setLimits(body: z.input<typeof localLimitsRequest>): Promise<void> {
    await this.answer({ method: 'PUT', path: LOCAL_ROUTES.limits, body });
  }

  /** Resolves when the peer is out of every handout; its process ends then. */
  async leave(): Promise<void> {
    await this.answer({
      method: 'POST',
      path: LOCAL_ROUTES.leave,
      body: {},
      signal: AbortSignal.timeout(LEAVE_MS),
    });
  }

  /** Makes it forget these files; the network knows when this resolves, if it can be reached. */
  async stopSharing(files: readonly FileId[]): Promise<LocalStopSharingReply> {
    const body = { files };
    const answer = await this.tidy(LOCAL_VERB_ROUTES.stopSharing, body);
    return parseWith(localStopSharingReply, answer, 'the answer of the peer');
  }

  /** What it has left over, and, unless it is a dry run, has deleted. */
  async clean(body: z.input<typeof localCleanRequest>): Promise<LocalLeftover[]> {
    const answer = await this.tidy(LOCAL_VERB_ROUTES.clean, body);
    return parseWith(localCleanReply, answer, 'the answer of the peer').leftovers;
  }

  private tidy(path: string, body: unknown): Promise<unknown> {
    return this.answer({ method: 'POST', path, body, signal: AbortSignal.timeout(TIDY_MS) });
  }

  private async answer(call: Call): Promise<unknown> {
    const response = await this.send(call);
    return parseJson(await wholeOf(response));
  }

  private async *events(call: Call): AsyncGenerator<PeerEvent> {
    const response = await this.send(call);
    try {
      for await (const line of linesOf(response)) {
        const event = parseWith(localEvent, parseJson(line), 'an event of the peer');
        if (event.event === 'failed') throw errorFromDocument(event.error);
        yield event;
        if (event.event === 'done') return;
      }
    } catch (error) {
      throw this.trouble(error, call.signal);
    }
    throw this.gone();
  }

  private async send(call: Call): Promise<IncomingMessage> {
    try {
      const response = await exchange(this.socketPath, call);
      checkVersion(response);
      if (response.statusCode === 200) return response;
      throw errorFromDocument(
        parseWith(fields.errorDocument, parseJson(await wholeOf(response)), 'an error'),
      );
    } catch (error) {
      throw this.trouble(error, call.signal);
    }
  }

  private trouble(error: unknown, signal: AbortSignal | undefined): ShoalError {
    if (error instanceof ShoalError) return error;
    const reason = signal?.reason as { readonly name?: unknown } | undefined;
    if (reason?.name === 'TimeoutError') {
      return new ShoalError('timeout', `the peer at ${this.socketPath} does not answer`, { cause: error });
    }
    if (signal?.aborted === true) return new ShoalError('cancelled', 'interrupted', { cause: error });
    return this.gone(error);
  }

  private gone(cause?: unknown): ShoalError {
    return new ShoalError('peer-offline', `no peer answers at ${this.socketPath}`, {
      retry: 'transient',
      cause,
      hint: 'Is it running? `shoal status` lists the peers of this machine.',
    });
  }
}

const self = (): LocalSide => ({ software: software(), api: LOCAL_API_VERSION });

/** A peer that does not say its version is older than versions. @throws ShoalError `wrong-version` */
const checkVersion = (response: IncomingMessage): void => {
  const daemon = localSideOf(response.headers) ?? { software: 'an older shoal', api: 0 };
  const mismatch = localMismatch(self(), daemon);
  if (mismatch === undefined) return;
  response.destroy();
  throw mismatch;
};

const exchange = (socketPath: string, { method, path, body, signal }: Call): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...localHeadersOf(self()),
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    // No agent: a kept connection would keep this process.
    const sent = request(
      { socketPath, path, method, headers, agent: false, ...(signal && { signal }) },
      resolve,
    );
    sent.once('error', reject);
    sent.end(text);
  });

const wholeOf = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > ANSWER_MAX) throw new ShoalError('limit-exceeded', `an answer over ${ANSWER_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ShoalError('bad-message', 'the peer answered with something that is not JSON', {
      cause: error,
    });
  }
};
