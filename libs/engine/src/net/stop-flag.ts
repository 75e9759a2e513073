/** Stops one piece of work, once. What an AbortController does, at a fraction of its cost: there is one for every chunk sent. */
export class StopFlag {
  private raised = false;
  private listener: (() => void) | undefined;

  get isRaised(): boolean {
    return this.raised;
  }

  raise(): void {
    if (this.raised) return;
    this.raised = true;
    this.listener?.();
    this.listener = undefined;
  }

  /** Called once when it is raised; replaces the listener before. `undefined`: nobody listens any more. */
  onRaised(listener: (() => void) | undefined): void {
    this.listener = listener;
  }
}
