import { ShoalError } from '#core';
import type { ReplyBody, RequestBody } from '#contracts';
import type { AnchorLink } from './ports.js';

/** Asks the anchors to give a served file its name. @throws ShoalError `no-anchor` when none answers */
export const publishName = async (
  anchors: Pick<AnchorLink, 'request'>,
  body: RequestBody<'manifest.publish'>,
): Promise<ReplyBody<'manifest.publish'>> => {
  try {
    return await anchors.request('manifest.publish', body);
  } catch (error) {
    const isSilence =
      error instanceof ShoalError && (error.code === 'timeout' || error.code === 'unroutable');
    if (!isSilence) throw error;
    throw new ShoalError('no-anchor', `no anchor answers, so ${body.name} is not published`, {
      retry: 'transient',
      cause: error,
      hint: 'Run the command again when an anchor is back; `shoal doctor` says what is wrong.',
    });
  }
};
