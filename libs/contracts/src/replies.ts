import type { ErrorDocument } from '#core';
import { z } from 'zod';
import { errorDocument } from './fields.js';

/** The body of every reply. */
export const replyEnvelope = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorDocument }),
]);
export type ReplyEnvelope =
  { readonly ok: true; readonly result?: unknown } | { readonly ok: false; readonly error: ErrorDocument };
