/**
 * Fuzzes the parsers for a while, each in turn: `npm run fuzz [-- SECONDS [TARGET]]`. Ends with 1 and the seed of the first
 * input for which something did not hold; `npm run fuzz -- 0 TARGET SEED` tries that one again.
 */
import { Random } from './random.ts';
import { targets } from './targets.ts';

const [seconds = '60', only, seed] = process.argv.slice(2);

function attempt(name: string, number: number): boolean {
  try {
    targets[name]?.(new Random(number));
    return true;
  } catch (error) {
    console.error(`${name}: seed ${number}:`, error);
    console.error(`again: npm run fuzz -- 0 '${name}' ${number}`);
    return false;
  }
}

const names = Object.keys(targets).filter((name) => only === undefined || name === only);
if (names.length === 0) {
  console.error(`there is no ${only}, but: ${Object.keys(targets).join(', ')}`);
  process.exit(2);
}
for (const name of names) {
  if (seed !== undefined) {
    if (!attempt(name, Number(seed))) process.exit(1);
    continue;
  }
  const end = Date.now() + Number(seconds) * 1000;
  let runs = 0;
  for (let number = Date.now() | 0; Date.now() < end; number += 1, runs += 1)
    if (!attempt(name, number)) process.exit(1);
  console.log(`${name}: ${runs} inputs in ${seconds} s`);
}
