import type { Distribution, DistributionRegistry } from '#registry';

/** Distributions read at once. */
const PAGE = 100;

/** All that are kept, newest first, also those that ended. */
export async function* eachDistribution(
  distributions: Pick<DistributionRegistry, 'list'>,
): AsyncGenerator<Distribution> {
  for (let after: string | undefined; ;) {
    const page = await distributions.list(after, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    after = page[page.length - 1]?.id;
  }
}
