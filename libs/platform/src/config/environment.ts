import { ShoalError } from '#core';
import { z } from 'zod';
import { redactUrl } from '../broker/amqp-url.js';

/** Environment variables as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Problems named in one message. */
const PROBLEMS_SHOWN = 10;

/**
 * The variables that `schema` names, checked. An empty variable counts as left out.
 * @throws ShoalError `bad-config` that names each wrong variable, what it got and what it wants; it shows no password
 */
export const readEnvironment = <S extends z.ZodObject>(schema: S, environment: Environment): z.output<S> => {
  const given = Object.keys(schema.shape).map((name) => [name, environment[name] || undefined] as const);
  const result = schema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, PROBLEMS_SHOWN).map((issue) => {
    const name = String(issue.path[0]);
    return `${name} ${gotText(environment[name])}: ${issue.message}`;
  });
  throw new ShoalError('bad-config', problems.join('; '), {
    hint: 'All variables are in the configuration table of docs/OPERATIONS.md.',
  });
};

const gotText = (value: string | undefined): string =>
  value === undefined || value === '' ? 'is not set' : `is "${redactUrl(value)}"`;

/** A variable that `parse` reads; its ShoalError says what is wanted. */
export const variable = <T>(wants: string, parse: (text: string) => T): z.ZodType<T, string> =>
  z.string({ error: `it wants ${wants}` }).transform((text, context) => {
    try {
      return parse(text);
    } catch (thrown) {
      const hint = thrown instanceof ShoalError ? thrown.hint : undefined;
      context.addIssue({ code: 'custom', message: hint ?? `it wants ${wants}` });
      return z.NEVER;
    }
  });

/** A variable that must match. */
export const matching = (wants: string, pattern: RegExp): z.ZodString =>
  z.string({ error: `it wants ${wants}` }).regex(pattern, `it wants ${wants}`);

/** A variable with one of a few values. */
export const oneOf = <const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodEnum<{ [K in T[number]]: K }> => z.enum(values, { error: `it wants ${values.join(', ')}` });

/** A TCP port; 0 and `none` mean none. */
export const optionalPort = (): z.ZodType<number | undefined, string | undefined> =>
  z
    .string()
    .regex(/^(none|\d{1,5})$/, 'it wants a port number, or 0 for none')
    .transform((text) => (text === 'none' ? 0 : Number(text)))
    .refine((port) => port <= 65_535, 'it wants a port number up to 65535, or 0 for none')
    .transform((port) => (port === 0 ? undefined : port))
    .optional();
