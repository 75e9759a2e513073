import { z } from 'zod';
import { anchorVariables, readEnvironment, variable, type Environment } from '#platform';
import { parseRedisUrl } from '#registry';

const schema = z.object({
  ...anchorVariables,
  REDIS_URL: variable('redis://host:6379 or redis+sentinel://host1,host2/master', (text) => {
    parseRedisUrl(text);
    return text;
  }),
});

/** What each process of an anchor reads from its environment. */
export type AnchorConfig = z.output<typeof schema>;

/** @throws ShoalError `bad-config` that names the variable */
export const anchorConfig = (environment: Environment): AnchorConfig => readEnvironment(schema, environment);
