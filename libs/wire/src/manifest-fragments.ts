import { ShoalError, type FileId } from '#core';
import { badFrame } from './bytes.js';
import { WIRE_LIMITS } from './limits.js';
import type { ManifestFragment } from './messages.js';

/** A manifest's JSON as MANIFEST messages; undefined says that it is not known here. @throws ShoalError `limit-exceeded` */
export const manifestFragments = (fileId: FileId, json: string | undefined): ManifestFragment[] => {
  const bytes = Buffer.from(json ?? '');
  const total = bytes.length;
  if (total > WIRE_LIMITS.manifestBytes) {
    throw new ShoalError('limit-exceeded', `a manifest of ${total} bytes is too long`);
  }
  const fragments: ManifestFragment[] = [];
  for (let offset = 0; offset === 0 || offset < total; offset += WIRE_LIMITS.manifestFragmentBytes) {
    const part = bytes.subarray(offset, offset + WIRE_LIMITS.manifestFragmentBytes);
    fragments.push({ type: 'manifest', fileId, total, offset, bytes: part });
  }
  return fragments;
};

/** Puts the fragments of one manifest together, in the order in which they must come. */
export class ManifestAssembler {
  private readonly parts: Uint8Array[] = [];
  private total: number | undefined;
  private filled = 0;

  constructor(readonly fileId: FileId) {}

  /**
   * @returns the JSON when it is whole, null when the other side does not have it, undefined while more has to come
   * @throws ShoalError `bad-frame` for a fragment that does not follow the one before
   */
  add(fragment: ManifestFragment): string | null | undefined {
    this.total ??= fragment.total;
    const fits = fragment.fileId === this.fileId && fragment.total === this.total;
    if (!fits || fragment.offset !== this.filled) throw badFrame('manifest: fragments are out of order');
    if (this.total === 0) return null;
    if (fragment.bytes.length === 0) throw badFrame('manifest: an empty fragment');
    this.parts.push(fragment.bytes);
    this.filled += fragment.bytes.length;
    return this.filled < this.total ? undefined : Buffer.concat(this.parts).toString('utf8');
  }
}
