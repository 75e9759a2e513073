/**
 * One run of the same thing for all who want it at the same time: who comes while a run is under way shares the next one, for that one
 * may have missed what they came with. So a result is never older than its question, and a crowd costs a few runs. Runs
 * of different keys do not wait for each other; a failure is told to those of that run only.
 */
export class SharedRun<V> {
  private readonly running = new Map<string, Promise<V>>();
  private readonly next = new Map<string, Promise<V>>();

  constructor(private readonly run: (key: string) => Promise<V>) {}

  of(key: string): Promise<V> {
    const next = this.next.get(key);
    if (next !== undefined) return next;
    const running = this.running.get(key);
    if (running === undefined) return this.start(key);
    const after = (): Promise<V> => {
      this.next.delete(key);
      return this.start(key);
    };
    const shared = running.then(after, after);
    this.next.set(key, shared);
    return shared;
  }

  private start(key: string): Promise<V> {
    const run = this.run(key).finally(() => this.running.delete(key));
    this.running.set(key, run);
    return run;
  }
}
