export * from './anchor-list.js';
export * from './catalogue.js';
export * as fields from './fields.js';
export type {
  Address,
  FileRef,
  HeldFile,
  Holder,
  ManifestDocument,
  PeerAddress,
  StorageOffer,
} from './fields.js';
export type { PeerRow } from './connection.js';
export { namesBook } from './manifest.js';
export type { FileRow, NameFact, RestoreOutcome } from './manifest.js';
export type { DownloadCommand, DownloadRequest } from './transfer.js';
export { targetFolder } from './transfer.js';
export type {
  BytesBySource,
  DistributionState,
  DistributionStatus,
  DistributionSummary,
  RowState,
  TargetResult,
  TargetRow,
} from './distribution.js';
export { DISTRIBUTION_STATES, ROW_STATES } from './distribution.js';
export { type DistributionOptions } from './distribution-options.js';
export * from './file-ref.js';
export * from './holdings.js';
export * from './limits.js';
export * from './local-api.js';
export * from './local-verbs.js';
export * from './local-version.js';
export * from './parse.js';
export type {
  PlacementRow,
  PlacementState,
  PlacementStatus,
  StoreCommand,
  StoreRequest,
} from './placement.js';
export { PLACEMENT_ROW_STATES, PLACEMENT_STATES } from './placement.js';
export * from './replies.js';
export * from './selector/index.js';
export * from './topology.js';
