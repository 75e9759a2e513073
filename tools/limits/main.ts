/** `npm run limits`: writes docs/LIMITS.md from the constants. A unit test says when it is stale. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import { LIMITS_PAGE, limitsPage } from './page.js';

writeFileSync(join(PROJECT_ROOT, LIMITS_PAGE), limitsPage(PROJECT_ROOT));
