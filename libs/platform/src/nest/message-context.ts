/** What a handler may know of a message besides its body. */
export interface MessageContext {
  /** The word that ends the routing key: who sent a request or report, what a fact is about. */
  readonly sender: string | undefined;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  /** It may have been handled before, in whole or in part. */
  readonly redelivered: boolean;
  readonly queue: string;
}
