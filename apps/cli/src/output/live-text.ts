import type { OutputStream } from '../context.js';

/** Lines that are written over each other on a terminal, and below each other elsewhere: there only when they changed. */
export class LiveText {
  private lines = 0;
  private before = '';

  constructor(private readonly stream: OutputStream) {}

  /** `last`: these stay. */
  show(text: string, last: boolean): void {
    if (this.stream.isTTY === true) return this.replace(text, last);
    if (text !== this.before) this.stream.write(`${text}\n`);
    this.before = text;
  }

  stop(): void {
    this.lines = 0;
  }

  private replace(text: string, last: boolean): void {
    const up = this.lines === 0 ? '' : `\u001b[${this.lines}A`;
    this.stream.write(`${up}\u001b[J${text}\n`);
    this.lines = last ? 0 : text.split('\n').length;
  }
}
