export { formatSelector, formatTarget, selects } from './selector.js';
export type { SelectedPeer, Selector, TargetGroup } from './selector.js';
export { parseTarget } from './parse-target.js';
