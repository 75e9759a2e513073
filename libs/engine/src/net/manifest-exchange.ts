import { asShoalError, MIB, ShoalError, type FileId } from '#core';
import { manifestFromDocument, type Manifest, type ManifestJson } from '#chunking';
import { ManifestAssembler, manifestFragments, type ManifestFragment } from '#wire';
import { ENGINE_LIMITS } from '../engine-limits.js';
import type { Session } from './session.js';

/** A peer that has so much unread from here asks for no manifest before it has read it. */
const UNREAD_MAX = 1 * MIB;

interface Question {
  readonly assembler: ManifestAssembler;
  readonly answer: (manifest: Manifest | undefined) => void;
}

/** Manifests from peer to peer, for when no anchor is there. What comes proves itself or counts as not known. */
export class ManifestExchange {
  private readonly questions = new Map<Session, Question>();

  constructor(private readonly known: (fileId: FileId) => Manifest | undefined) {}

  /** @throws ShoalError `limit-exceeded` when the asker has not read what it got before */
  serve(session: Session, fileId: FileId): void {
    if (session.queuedBytes > UNREAD_MAX) {
      throw new ShoalError('limit-exceeded', 'too many manifests asked for at once');
    }
    const manifest = this.known(fileId);
    const json = manifest === undefined ? undefined : JSON.stringify(manifest.toDocument());
    session.send(...manifestFragments(fileId, json));
  }

  /** Undefined when the peer does not have it, does not answer in time, or is being asked already. */
  ask(session: Session, fileId: FileId): Promise<Manifest | undefined> {
    if (this.questions.has(session) || !session.isReady) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(undefined), ENGINE_LIMITS.manifestMs);
      const answer = (manifest: Manifest | undefined): void => {
        clearTimeout(timer);
        this.questions.delete(session);
        resolve(manifest);
      };
      this.questions.set(session, { assembler: new ManifestAssembler(fileId), answer });
      session.send({ type: 'get-manifest', fileId });
    });
  }

  /** A fragment that nobody waits for (any more) is thrown away. @throws ShoalError when it does not fit or is wrong */
  received(session: Session, fragment: ManifestFragment): void {
    const question = this.questions.get(session);
    if (question === undefined || question.assembler.fileId !== fragment.fileId) return;
    const json = question.assembler.add(fragment);
    if (json === null) question.answer(undefined);
    else if (json !== undefined) question.answer(manifestOf(json, fragment.fileId));
  }

  closed(session: Session): void {
    this.questions.get(session)?.answer(undefined);
  }
}

/** @throws ShoalError `bad-manifest` */
const manifestOf = (json: string, fileId: FileId): Manifest => {
  const document = checkedShape(json);
  if (document.fileId !== fileId) throw new ShoalError('bad-manifest', 'the manifest is of another file');
  return manifestFromDocument(document);
};

const checkedShape = (json: string): ManifestJson => {
  let value: Partial<Record<keyof ManifestJson, unknown>>;
  try {
    value = JSON.parse(json) as typeof value;
  } catch (cause) {
    throw new ShoalError('bad-manifest', 'the manifest is not JSON', { cause: asShoalError(cause) });
  }
  const texts = ['fileId', 'sha256', 'digestAlgorithm', 'digests'] as const;
  const numbers = ['size', 'chunkSize'] as const;
  const fine =
    typeof value === 'object' &&
    value !== null &&
    texts.every((key) => typeof value[key] === 'string') &&
    numbers.every((key) => typeof value[key] === 'number');
  if (!fine) throw new ShoalError('bad-manifest', 'the manifest lacks fields');
  return value as ManifestJson;
};
