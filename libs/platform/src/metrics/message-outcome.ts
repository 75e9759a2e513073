/** How the handling of a message ended: with its effect, with an error that is the sender's, or to be tried again. */
export type MessageOutcome = 'done' | 'refused' | 'again';
