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

export type ConnectionConfig = z.output<typeof schema>;

/** @throws ShoalError `bad-config` that names the variable */
export const connectionConfig = (environment: Environment): ConnectionConfig =>
  readEnvironment(schema, environment);
