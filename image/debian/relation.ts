/**
 * The package names in a relation field such as `Depends`, in order, alternatives one after the other.
 * Versions and architectures are left out: all packages come from one release and one architecture.
 */
export function relatedNames(field: string | undefined): string[] {
  return (field ?? '')
    .split(/[,|]/)
    .map((relation) => /^[a-z0-9][a-z0-9+.-]*/.exec(relation.trim())?.[0] ?? '')
    .filter((name) => name !== '');
}
