import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/**
 * What can be measured. kohort flushes before it answers; Kafka's default does not: `kafka-flush` is Kafka at the durability
 * of `kohort`, and `kohort-none` is kohort at that of `kafka`.
 */
export const kinds = {
  kohort: { kind: 'kohort', flush: 'fsync' },
  'kohort-none': { kind: 'kohort', flush: 'none' },
  kafka: { kind: 'kafka', configs: {} },
  'kafka-flush': { kind: 'kafka', configs: { 'log.flush.interval.messages': '1' } },
}

/** What the ratios compare: ours with theirs. */
const COMPARISONS = [
  ['kohort', 'kafka'],
  ['kohort', 'kafka-flush'],
  ['kohort-none', 'kafka'],
]

/**
 * Variants by name, of a list like `kohort,kohort@../main,kafka`: what stands behind an @ is another built checkout of kohort.
 * @param root the checkout of variants that name none
 */
export function parseVariants(list, root) {
  const chosen = {}
  for (const item of list.split(',').filter((name) => name !== '')) {
    const at = item.indexOf('@')
    const kind = at < 0 ? item : item.slice(0, at)
    if (kinds[kind] === undefined) throw new Error(`there is no variant ${kind}; --help lists them`)
    if (at >= 0 && kinds[kind].kind !== 'kohort') throw new Error(`${item}: only kohort can be of another checkout`)
    const checkout = at < 0 ? root : resolve(item.slice(at + 1))
    if (at >= 0 && !existsSync(join(checkout, 'dist/cli/main.js'))) throw new Error(`${checkout} is not built`)
    chosen[uniqueName(at < 0 ? kind : `${kind}@${basename(checkout)}`, chosen)] = {
      ...kinds[kind],
      base: kind,
      checkout,
    }
  }
  return chosen
}

/** Pairs of variants whose ratio a table shows: ours with Kafka's, and a build with each other one of the same kind. */
export function comparisonsOf(names) {
  const builds = names
    .filter((name) => name.includes('@'))
    .flatMap((name) => {
      const first = names.find((other) => kindOf(other) === kindOf(name))
      return first === name ? [] : [[first, name]]
    })
  return [...COMPARISONS.filter((pair) => pair.every((name) => names.includes(name))), ...builds]
}

function kindOf(name) {
  return name.split('@')[0]
}

function uniqueName(name, taken) {
  let unique = name
  for (let i = 2; taken[unique] !== undefined; i++) unique = `${name}-${i}`
  return unique
}
