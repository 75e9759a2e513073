import type { FileId } from '#core';
import type { Manifest } from '#chunking';
import type { FileRecord } from './record.js';
import type { Place } from './store-host.js';

interface HeldFile {
  readonly manifest: Manifest;
  readonly places: Place[];
}

/** Which files are held where. In memory only. */
export class HeldFiles {
  private readonly files = new Map<FileId, HeldFile>();
  private readonly targets = new Map<string, readonly Place[]>();

  add(place: Place): void {
    const { manifest, target } = place;
    const file = this.files.get(manifest.fileId);
    if (file === undefined) this.files.set(manifest.fileId, { manifest, places: [place] });
    else file.places.push(place);
    this.targets.set(target, [...this.placesAt(target), place]);
  }

  /** False when it was not there. */
  remove(place: Place): boolean {
    const { fileId } = place.manifest;
    const places = this.files.get(fileId)?.places ?? [];
    const index = places.indexOf(place);
    if (index < 0) return false;
    places.splice(index, 1);
    if (places.length === 0) this.files.delete(fileId);
    const others = this.placesAt(place.target).filter((other) => other !== place);
    if (others.length === 0) this.targets.delete(place.target);
    else this.targets.set(place.target, others);
    return true;
  }

  /** Places of whatever files that are, or will be, delivered at this path. */
  placesAt(target: string): readonly Place[] {
    return this.targets.get(target) ?? [];
  }

  placesOf(fileId: FileId): readonly Place[] {
    return this.files.get(fileId)?.places ?? [];
  }

  all(): Place[] {
    return [...this.files.values()].flatMap((file) => file.places);
  }

  /** To serve from: a complete place, else the one with the most chunks. */
  best(fileId: FileId): Place | undefined {
    const better = (a: Place, b: Place): Place => {
      if (a.state === 'complete') return a;
      return b.state === 'complete' || b.chunks.count > a.chunks.count ? b : a;
    };
    const places = this.placesOf(fileId);
    return places.length === 0 ? undefined : places.reduce(better);
  }

  /** What the data folder is to remember of a file; undefined when it is held no more. */
  recordOf(fileId: FileId): FileRecord | undefined {
    const file = this.files.get(fileId);
    return file && { manifest: file.manifest, places: file.places.map((place) => place.toRecord()) };
  }
}
