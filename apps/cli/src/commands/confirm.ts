import { ShoalError } from '#core';
import type { Context } from '../context.js';

/**
 * Asks a person before something goes that cannot be brought back; a script is not asked, nor is who said `--yes`.
 * @throws ShoalError `cancelled` when the answer is no
 */
export const confirmed = async (
  question: string,
  { yes, json }: { readonly yes?: boolean | undefined; readonly json?: boolean | undefined },
  { confirm }: Pick<Context, 'confirm'>,
): Promise<void> => {
  if (yes === true || json === true || confirm === undefined) return;
  if (await confirm(question)) return;
  throw new ShoalError('cancelled', 'nothing was done', { hint: '--yes does it without a question.' });
};
