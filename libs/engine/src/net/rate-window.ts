/** Time over which a rate is shown, milliseconds: steady enough to read, quick enough to notice a stall. */
const SPAN_MS = 3_000;

/** Bytes a second over the last few seconds, from readings of a counter. */
export class RateWindow {
  private readonly readings: { readonly at: number; readonly bytes: number }[] = [];

  /** Call it regularly. */
  read(bytes: number, now: number): number {
    this.readings.push({ at: now, bytes });
    while (this.readings.length > 2 && now - (this.readings[0] as { at: number }).at > SPAN_MS)
      this.readings.shift();
    const first = this.readings[0] as { at: number; bytes: number };
    return now > first.at ? Math.round(((bytes - first.bytes) * 1_000) / (now - first.at)) : 0;
  }
}
