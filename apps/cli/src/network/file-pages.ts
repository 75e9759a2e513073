import type { FileRow, ReplyBody } from '#contracts';
import type { Anchors } from './session.js';

/** The files of a pattern, page after page; a page that does not move on is the last. */
export async function* pagesOf(anchors: Anchors, pattern: string): AsyncGenerator<FileRow[]> {
  let after: string | undefined;
  do {
    const page: ReplyBody<'manifest.search'> = await anchors.ask('manifest.search', {
      pattern,
      ...(after === undefined ? {} : { after }),
    });
    yield page.files;
    after = page.next === after ? undefined : page.next;
  } while (after !== undefined);
}
