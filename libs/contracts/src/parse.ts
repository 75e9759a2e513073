import { ShoalError } from '#core';
import { z } from 'zod';

/**
 * `value` as the schema's output.
 * @throws ShoalError `bad-message` whose message names each wrong field, what it must be, and `what` it stands in.
 */
export const parseWith = <S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw new ShoalError('bad-message', `${what} is not valid: ${issues.join('; ')}`);
};
