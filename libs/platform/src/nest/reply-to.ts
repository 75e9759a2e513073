import { ShoalError } from '#core';
import { MESSAGE_LIMITS } from '#contracts';

/**
 * Replies go to whatever queue the asker names, with the rights of the anchor. Our own queues are not among them: a reply
 * there would be a message that its sender may not write.
 * @throws ShoalError `not-allowed`
 */
export const checkReplyTo = (replyTo: string | undefined, network: string): void => {
  if (replyTo === undefined) return;
  const ours = replyTo.startsWith(`${network}.`) || replyTo.startsWith('peer.');
  if (!ours && replyTo.length <= MESSAGE_LIMITS.keyCharacters) return;
  throw new ShoalError('not-allowed', `"${replyTo.slice(0, 100)}" may not be a reply queue`, {
    hint: 'Use direct reply-to (amq.rabbitmq.reply-to) or an exclusive queue with a name of the broker.',
  });
};
