import { complain, print, styleOf, type Context } from '../context.js';
import type { TransferView } from './events.js';
import { JsonView, PlainView } from './views.js';

/** JSON when asked for, a bar on a terminal, else lines. The bar's library is loaded only where it is used. */
export const makeView = async (
  context: Context,
  options: { readonly json?: boolean | undefined; readonly label: string },
): Promise<TransferView> => {
  const { stdout, env, now } = context;
  if (options.json === true) return new JsonView((line) => print(context, line));
  const style = styleOf(context, stdout);
  if (stdout.isTTY !== true || env['TERM'] === 'dumb') {
    return new PlainView(options.label, (line) => print(context, line), style, now);
  }
  const { BarView } = await import('./bar-view.js');
  const view = new BarView(options.label, stdout as NodeJS.WriteStream, style, now);
  // However this process ends, the terminal gets its cursor back.
  process.once('exit', () => view.stop());
  return view;
};

/** A line for people that is no result: on stderr in JSON mode, so that stdout stays JSON only. */
export const remark = (context: Context, json: boolean | undefined, text: string): void => {
  if (json === true) complain(context, text);
  else print(context, text);
};
