import type { DistributionStatus, TargetRow } from '#contracts';
import type { Anchors } from './session.js';

/** Every row, page by page. */
export const wholeStatus = async (anchors: Anchors, distributionId: string): Promise<DistributionStatus> => {
  const rows: TargetRow[] = [];
  let page: DistributionStatus | undefined;
  do {
    const after: TargetRow['peerId'] | undefined = page?.next;
    page = await anchors.ask('transfer.status', {
      distributionId,
      ...(after === undefined ? {} : { after }),
    });
    rows.push(...page.rows);
  } while (page.next !== undefined);
  return { ...page, rows };
};
