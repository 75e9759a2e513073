/** Somebody who may get up to `most` of something, and more of it the more room there is. */
export interface Share {
  readonly most: number;
  readonly weight: number;
}

/**
 * Divides `total` in proportion to the weights; nobody gets more than the most that they take. What does not fit anywhere is
 * left over. Whole numbers.
 */
export const divide = (total: number, shares: readonly Share[]): number[] => {
  const exact = fill(total, shares);
  const target = Math.min(
    total,
    shares.reduce((sum, { most }) => sum + most, 0),
  );
  return rounded(exact, shares, target);
};

/** As real numbers: whoever would get more than they take gets that, and the others divide the rest. */
const fill = (total: number, shares: readonly Share[]): number[] => {
  const given = shares.map(() => 0);
  let open = shares.map((_, at) => at).filter((at) => (shares[at] as Share).most > 0);
  let left = total;
  while (open.length > 0 && left > 1e-9) {
    const weights = open.reduce((sum, at) => sum + (shares[at] as Share).weight, 0);
    const offer = (at: number): number =>
      weights > 0 ? (left * (shares[at] as Share).weight) / weights : left / open.length;
    const full = open.filter((at) => offer(at) >= (shares[at] as Share).most);
    if (full.length === 0) {
      for (const at of open) given[at] = offer(at);
      return given;
    }
    for (const at of full) given[at] = (shares[at] as Share).most;
    left -= full.reduce((sum, at) => sum + (shares[at] as Share).most, 0);
    open = open.filter((at) => !full.includes(at));
  }
  return given;
};

/** The largest remainders are rounded up, as many as it takes. */
const rounded = (exact: readonly number[], shares: readonly Share[], target: number): number[] => {
  const whole = exact.map((value) => Math.floor(value + 1e-9));
  let left = target - whole.reduce((sum, value) => sum + value, 0);
  const order = exact.map((_, at) => at).sort((a, b) => remainder(exact, b) - remainder(exact, a) || a - b);
  while (left > 0) {
    const before = left;
    for (const at of order) {
      if (left === 0 || (whole[at] as number) >= (shares[at] as Share).most) continue;
      whole[at] = (whole[at] as number) + 1;
      left--;
    }
    if (left === before) break;
  }
  return whole;
};

const remainder = (exact: readonly number[], at: number): number => {
  const value = exact[at] as number;
  return value - Math.floor(value + 1e-9);
};
