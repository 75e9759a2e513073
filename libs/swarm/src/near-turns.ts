import type { UploadLane } from './upload-lane.js';

/**
 * Whether a near or a far downloader of a priority is next: near ones first, but a far one after so many near ones. Only what was
 * served counts: a moment in which nobody may be served leaves every turn as it is.
 */
export class NearTurns {
  /** By priority. */
  private readonly inARow = new Map<number, number>();

  constructor(private readonly nearPerFar: number) {}

  isNear(priority: number): boolean {
    return (this.inARow.get(priority) ?? 0) < this.nearPerFar;
  }

  took({ priority, isNear }: Pick<UploadLane, 'priority' | 'isNear'>): void {
    this.inARow.set(priority, isNear ? (this.inARow.get(priority) ?? 0) + 1 : 0);
  }
}
