export * from './amqp-broker.js';
export { parseAmqpUrls, redactUrl } from './amqp-url.js';
export * from './broker.js';
export * from './broker-limits.js';
export * from './session.js';
export * from './settle.js';
export * from './topology.js';
export * from './outgoing.js';
export * from './throttled-outgoing.js';
