import { runAnchorProcess } from '#anchor';
import { TransferModule } from './transfer.module.js';

await runAnchorProcess('transfer', (config, log) => TransferModule.with(config, log));
