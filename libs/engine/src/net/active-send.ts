import { StopFlag } from './stop-flag.js';

/** A chunk that is being sent, or waits for its turn on the connection; raising it stops it. */
export class ActiveSend extends StopFlag {
  /** Bytes of it were given to the connection: the receiver knows which chunk it is. */
  begun = false;

  constructor(
    readonly chunk: number,
    /** Chosen here for an ANY: until it has begun or was asked for by number, too, the receiver does not know its number. */
    public granted: boolean,
  ) {
    super();
  }
}
