type Bencodable =
  number | string | Uint8Array | readonly Bencodable[] | { readonly [key: string]: Bencodable };

const bytes = (content: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${content.length}:`), content]);

/** BitTorrent's encoding (BEP 3). Keys are sorted as bytes. */
export const bencode = (value: Bencodable): Buffer => {
  if (typeof value === 'number') return Buffer.from(`i${value}e`);
  if (typeof value === 'string') return bytes(Buffer.from(value));
  if (value instanceof Uint8Array) return bytes(value);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from('l'), ...value.map(bencode), Buffer.from('e')]);
  const entries = Object.entries(value as Record<string, Bencodable>);
  const sorted = entries.sort(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)));
  const parts = sorted.flatMap(([key, member]) => [bencode(key), bencode(member)]);
  return Buffer.concat([Buffer.from('d'), ...parts, Buffer.from('e')]);
};
