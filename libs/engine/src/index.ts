export * from './control.js';
export * from './engine.js';
export { ephemeralIdentity, loadIdentity, verifySignature, type PeerIdentity } from './net/identity.js';
export { probePeer, type ProbeTarget } from './net/probe.js';
export * from './store/index.js';
export { EngineProcess, type EngineProcessOptions } from './engine-process.js';
