import type { DeadLetterBox } from '#platform/broker';
import type { Context } from '../context.js';
import type { NetworkPlace } from './place.js';

/** The dead letters of a network; the client library is loaded here. @throws ShoalError */
export const openDeadLetters = async (
  place: NetworkPlace,
  { deadLetters }: Pick<Context, 'deadLetters'>,
): Promise<DeadLetterBox> => {
  if (deadLetters !== undefined) return deadLetters(place);
  const { AmqpDeadLetterBox } = await import('#platform/broker');
  return AmqpDeadLetterBox.open({
    urls: [...new Set(place.anchors.map(({ url }) => url))],
    network: place.networkId,
    connectionName: 'cli/dead-letters',
  });
};
