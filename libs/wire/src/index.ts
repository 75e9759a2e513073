export * from './auth.js';
export * from './encode.js';
export * from './frame-decoder.js';
export * from './handshake.js';
export * from './host.js';
export * from './limits.js';
export * from './manifest-fragments.js';
export * from './messages.js';
