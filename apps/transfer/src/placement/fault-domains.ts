/** Labels that say what fails together, the widest first. */
export const DOMAIN_LABELS = ['zone', 'rack'] as const;

interface Labelled {
  readonly peerId: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What a peer fails together with: one path for each label of DOMAIN_LABELS (`b/`, `b/7/`), the narrower below the wider. A
 * wider label that is missing is taken from the narrower one; a peer without any fails alone, as far as anybody knows.
 */
export const domainsOf = ({ peerId, labels }: Labelled): string[] => {
  let narrower = `only ${peerId}`;
  const values = DOMAIN_LABELS.toReversed().map((label) => (narrower = labels[label] ?? narrower));
  let path = '';
  return values.toReversed().map((value) => (path += `${value}/`));
};

/** Peers of one domain stand together, at every level. */
export const byDomain = <T extends Labelled>(peers: readonly T[]): T[] =>
  peers
    .map((peer) => ({ peer, path: domainsOf(peer).at(-1) as string }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ peer }) => peer);

/**
 * The peers of as many domains as possible first: the best of each domain, then the second of each, and so on. `peers` come
 * best first.
 */
export const acrossDomains = <T extends Labelled>(peers: readonly T[]): T[] => {
  const seen = new Map<string, number>();
  const turns = peers.map((peer) => {
    const domain = domainsOf(peer).at(-1) as string;
    const turn = seen.get(domain) ?? 0;
    seen.set(domain, turn + 1);
    return { peer, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ peer }) => peer);
};
