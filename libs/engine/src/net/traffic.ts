import type { TrafficInfo } from '../control.js';

/** Bytes of chunks that went to other peers, and that came from them and were right, since the start. */
export class Traffic {
  private sent = 0;
  private received = 0;

  addSent(bytes: number): void {
    this.sent += bytes;
  }

  addReceived(bytes: number): void {
    this.received += bytes;
  }

  get info(): TrafficInfo {
    return { sentBytes: this.sent, receivedBytes: this.received };
  }
}
