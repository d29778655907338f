/** How many seeds a simulation plays: few in the quick loop (`npm run test:unit`), some in `npm test`, many in `npm run test:full`. */
export function seedCountOf({ full, usual, quick }: Readonly<Record<'full' | 'usual' | 'quick', number>>): number {
  if (process.env.KOHORT_FULL === '1') return full
  return process.env.KOHORT_QUICK === '1' ? quick : usual
}
