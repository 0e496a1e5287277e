/** What the kernel's command line says of the root image: the tree of `treeSize(dataBlocks)` bytes follows its data. */
export interface VerityRoot {
  dataBlocks: number;
  /** SHA-256, 64 hexadecimal digits */
  rootHash: string;
  /** 32 bytes, 64 hexadecimal digits */
  salt: string;
}

const NAME = 'bulkhead.verity';
const VALUE = /^(?<blocks>[1-9]\d{0,9}),(?<root>[0-9a-f]{64}),(?<salt>[0-9a-f]{64})$/;

/** The word of the command line: read by stage 0 (image/stage0/verity.c), which takes exactly this form. */
export function formatVerity({ dataBlocks, rootHash, salt }: VerityRoot): string {
  return `${NAME}=${dataBlocks},${rootHash},${salt}`;
}

/** @param value what follows `bulkhead.verity=` @returns undefined for any other form */
export function parseVerity(value: string): VerityRoot | undefined {
  const { blocks, root, salt } = VALUE.exec(value)?.groups ?? {};
  if (blocks === undefined || root === undefined || salt === undefined) return undefined;
  return { dataBlocks: Number(blocks), rootHash: root, salt };
}

/** The one word of a whole command line; undefined when there is none, or more than one. */
export function findVerity(commandLine: string): VerityRoot | undefined {
  const [word, ...more] = commandLine.split(/\s+/).filter((each) => each.startsWith(`${NAME}=`));
  return word === undefined || more.length > 0 ? undefined : parseVerity(word.slice(NAME.length + 1));
}
