import { statSync } from 'node:fs';
import { type TestImageName, testImage, testImageNames } from './test-image.ts';

/** `npx tsx test/images/main.ts [NAME…]`: builds them ahead of a test run, and says how large they are. */
const asked = process.argv.slice(2) as TestImageName[];
for (const name of asked.length > 0 ? asked : testImageNames) {
  const { path, reference } = await testImage(name);
  console.log(`${reference}  ${(statSync(path).size / 1e6).toFixed(1)} MB  ${path}`);
}
