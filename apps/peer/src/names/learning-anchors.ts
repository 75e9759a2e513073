import type {
  FactBody,
  FactName,
  ReplyBody,
  ReportBody,
  ReportName,
  RequestBody,
  RequestName,
} from '#contracts';
import type { AnchorLink } from '../ports.js';
import type { NameBook } from './name-book.js';

/** Stands for the registry of a peer that has not joined yet. */
export const NO_REGISTRY = 'none';

/** The anchors, with an ear for what they say about names. */
export class LearningAnchors implements AnchorLink {
  constructor(
    private readonly anchors: AnchorLink,
    private readonly book: Pick<NameBook, 'learn'>,
    /** The registry that this peer has joined last. */
    private readonly registry: () => string,
  ) {}

  async request<N extends RequestName>(
    name: N,
    body: RequestBody<N>,
    options?: { readonly timeoutMs?: number; readonly tries?: number; readonly expirationMs?: number },
  ): Promise<ReplyBody<N>> {
    const reply = await this.anchors.request(name, body, options);
    if (name === 'manifest.get' || name === 'manifest.publish')
      this.learn(reply as ReplyBody<'manifest.get' | 'manifest.publish'>);
    return reply;
  }

  report<N extends ReportName>(name: N, body: ReportBody<N>): Promise<void> {
    return this.anchors.report(name, body);
  }

  fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, messageId: string): Promise<void> {
    return this.anchors.fact(name, subject, body, messageId);
  }

  private learn({
    name,
    version,
    fileId,
    publishedAt,
  }: ReplyBody<'manifest.get' | 'manifest.publish'>): void {
    if (name === undefined || version === undefined || publishedAt === undefined) return;
    this.book.learn({ name, version, fileId, publishedAt, learntIn: this.registry() });
  }
}
