export * from './broker-contract.js';
export * from './memory-broker.js';
export * from './memory-queues.js';
export * from './rabbit.js';
export * from './waiting.js';
export * from './test-network.js';
