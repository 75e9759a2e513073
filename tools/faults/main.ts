/**
 * A process of an anchor (`connection`, `manifest` or `transfer`: its argument) that dies at the point SHOAL_FAULT, the first time
 * that it is about SHOAL_FAULT_ABOUT. For the tests in test/chaos; no program of Shoal has these points.
 */
import { runAnchorProcess } from '#anchor';
import { ConnectionModule } from '../../apps/connection/src/connection.module.js';
import { ManifestModule } from '../../apps/manifest/src/manifest.module.js';
import { TransferModule } from '../../apps/transfer/src/transfer.module.js';
import { deadlyAt } from './deadly.js';
import { withFaultPoints } from './fault-points.js';

const MODULES = { connection: ConnectionModule, manifest: ManifestModule, transfer: TransferModule };

const part = process.argv[2] as keyof typeof MODULES;
const at = deadlyAt(process.env['SHOAL_FAULT'], process.env['SHOAL_FAULT_ABOUT']);

await runAnchorProcess(part, (config, log) => withFaultPoints(MODULES[part].with(config, log), at));
