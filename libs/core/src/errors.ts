/**
 * Whether trying again can help.
 * `permanent`: the same input fails for ever. `transient`: a dependency is away, the same input may succeed later.
 */
export type Retry = 'permanent' | 'transient';

/** Every code a Shoal error can carry. Codes are part of the protocol: never rename one, only add. */
export const ERROR_CODES = [
  'bad-config',
  'bad-frame',
  'bad-id',
  'bad-manifest',
  'bad-message',
  'bad-name',
  'bad-path',
  'bad-size',
  'broker-away',
  'cancelled',
  'chunk-out-of-range',
  'chunk-wrong-digest',
  'data-folder-in-use',
  'disk-failed',
  'disk-full',
  'engine-down',
  'file-changed',
  'handshake-failed',
  'internal',
  'limit-exceeded',
  'no-anchor',
  'no-holder',
  'not-allowed',
  'not-found',
  'peer-offline',
  'peer-unreachable',
  'redis-away',
  'stale',
  'target-exists',
  'target-in-use',
  'timeout',
  'unroutable',
  'wrong-network',
  'wrong-version',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ShoalErrorOptions {
  /** One sentence that says what the reader can change. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Defaults to `permanent`. */
  readonly retry?: Retry;
}

/** The one error type that crosses a boundary of Shoal. Match on `code`, never on the message. */
export class ShoalError extends Error {
  override readonly name = 'ShoalError';
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ShoalErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? 'permanent';
    this.hint = options.hint;
  }

  toJSON(): ErrorDocument {
    return {
      code: this.code,
      message: this.message,
      retry: this.retry,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }
}

/** A ShoalError as it travels in JSON. */
export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly retry: Retry;
  readonly hint?: string | undefined;
}

/** Rebuilds an error that came over the broker or a control socket; an unknown code becomes `internal`. */
export const errorFromDocument = (document: ErrorDocument): ShoalError => {
  const code = (ERROR_CODES as readonly string[]).includes(document.code)
    ? (document.code as ErrorCode)
    : 'internal';
  return new ShoalError(code, document.message, {
    retry: document.retry,
    ...(document.hint === undefined ? {} : { hint: document.hint }),
  });
};

/** Any thrown value as a ShoalError; what is not one already becomes `internal` with the original as its cause. */
export const asShoalError = (thrown: unknown): ShoalError => {
  if (thrown instanceof ShoalError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ShoalError('internal', message, { cause: thrown });
};

export const isTransient = (thrown: unknown): boolean =>
  thrown instanceof ShoalError && thrown.retry === 'transient';
