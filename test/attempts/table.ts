import type { Row } from './row.ts';
import { apiRows } from './rows/api.ts';
import { auditRows } from './rows/audits.ts';
import { capabilityRows } from './rows/capabilities.ts';
import { cveRows } from './rows/cves.ts';
import { deviceRows } from './rows/devices.ts';
import { imageRows } from './rows/images.ts';
import { mountRows } from './rows/mounts.ts';
import { namespaceRows } from './rows/namespaces.ts';
import { outsideRows } from './rows/outside.ts';
import { procRows } from './rows/proc.ts';
import { sharedRows } from './rows/shared.ts';

/** Every way out that is tried, by class. */
export const rows: readonly Row[] = [
  ...namespaceRows,
  ...deviceRows,
  ...capabilityRows,
  ...procRows,
  ...mountRows,
  ...imageRows,
  ...apiRows,
  ...sharedRows,
  ...outsideRows,
  ...auditRows,
  ...cveRows,
];
