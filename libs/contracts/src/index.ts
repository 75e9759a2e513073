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
export type {
  DistributionState,
  DistributionStatus,
  DownloadCommand,
  DownloadRequest,
  RowState,
  TargetRow,
} from './transfer.js';
export { DISTRIBUTION_STATES, ROW_STATES } from './transfer.js';
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
export * from './topology.js';
