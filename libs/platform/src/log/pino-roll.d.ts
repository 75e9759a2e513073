/** The package brings no types. What is used of it (its README says more). */
declare module 'pino-roll' {
  interface RollOptions {
    readonly file: string;
    readonly size: string;
    readonly extension: string;
    /** `count`: files beside the one that is written. */
    readonly limit: { readonly count: number; readonly removeOtherLogFiles: boolean };
    readonly mode: number;
    readonly sync: boolean;
  }
  interface RollStream {
    write(line: string): void;
    on(event: 'error', listener: (error: Error) => void): void;
  }
  export default function roll(options: RollOptions): Promise<RollStream>;
}
