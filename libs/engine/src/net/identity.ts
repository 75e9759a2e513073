import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ShoalError, type PeerId } from '#core';
import { peerIdOf, type Identity, type VerifySignature } from '#wire';

/** Bytes that DER puts before a raw Ed25519 public key (RFC 8410). */
const SPKI_PREFIX_BYTES = 12;

export interface PeerIdentity extends Identity {
  readonly peerId: PeerId;
}

/**
 * The key in `path` (PKCS#8 PEM). Made at the first start, readable by its owner only; of two processes that make it at
 * once both get the same.
 * @throws ShoalError `bad-config` when the file holds no Ed25519 key or cannot be read or written
 */
export const loadIdentity = async (path: string): Promise<PeerIdentity> => {
  try {
    return identityOf(createPrivateKey(await readOrCreate(path)));
  } catch (cause) {
    if (cause instanceof ShoalError) throw cause;
    throw new ShoalError('bad-config', `the key file ${path} cannot be used: ${(cause as Error).message}`, {
      hint: 'It must hold an Ed25519 private key in PKCS#8 PEM; delete it to get a new one (and a new peer id).',
      cause,
    });
  }
};

/** A key for one run, for whoever only knocks at peers. */
export const ephemeralIdentity = (): PeerIdentity => identityOf(generateKeyPairSync('ed25519').privateKey);

/** The key comes in as a JWK: OpenSSL takes ten times as long to read DER. */
export const verifySignature: VerifySignature = (publicKey, text, signature) => {
  try {
    const x = Buffer.from(publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, text, key, signature);
  } catch {
    return false;
  }
};

const identityOf = (key: KeyObject): PeerIdentity => {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is a ${String(key.asymmetricKeyType)} key`);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX_BYTES));
  return { publicKey, peerId: peerIdOf(publicKey), sign: (text) => sign(null, text, key) };
};

const readOrCreate = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await create(path);
  return readFile(path, 'utf8');
};

/** Written whole, then linked: another process sees no key or a whole one. */
const create = async (path: string): Promise<void> => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(pem);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
};
