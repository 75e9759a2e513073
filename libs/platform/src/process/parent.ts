/**
 * Calls back when the process that started this one is gone, if that one asked for it by `SHOAL_PARENT_PIPE=1`: its end
 * of the IPC channel, or of our stdin where there is no channel, closes with it.
 */
export const onParentGone = (
  environment: Readonly<Record<string, string | undefined>>,
  gone: () => void,
): void => {
  if (environment['SHOAL_PARENT_PIPE'] !== '1') return;
  if (process.channel !== undefined) {
    process.once('disconnect', gone);
    return;
  }
  process.stdin.once('end', gone).once('close', gone).once('error', gone).resume();
};
