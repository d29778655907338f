import type { Command } from 'commander'
import type { GroupFilter } from '../../../tools/groups/index.ts'
import { UsageError } from '../../exit-code.ts'
import { repeatable } from '../../options.ts'
import type { Style } from '../../output/index.ts'

/** What `addGroupFilterOptions` adds to the options of a command. */
export interface GroupFilterOptions {
  readonly regex?: string
  readonly state?: readonly string[]
  readonly type?: readonly string[]
}

/** Adds `--regex`, `--state` and `--type`. */
export function addGroupFilterOptions(command: Command): Command {
  return command
    .option('--regex <pattern>', 'only groups whose whole id matches this regular expression')
    .addOption(
      repeatable('--state <state>', 'only groups in this state (Stable, Empty, ...); repeatable, or with commas'),
    )
    .addOption(
      repeatable(
        '--type <type>',
        'only groups of this type (classic, consumer, share, streams); repeatable, or with commas',
      ),
    )
}

/** @throws UsageError for a pattern that is none */
export function groupFilter(groupIds: readonly string[], { regex, state, type }: GroupFilterOptions): GroupFilter {
  return {
    ...(groupIds.length > 0 && { groupIds }),
    ...(regex !== undefined && { pattern: wholePattern(regex) }),
    ...(state !== undefined && { states: splitLists(state) }),
    ...(type !== undefined && { types: splitLists(type) }),
  }
}

/** As Kafka matches patterns: the whole name. */
function wholePattern(regex: string): RegExp {
  try {
    return new RegExp(`^(?:${regex})$`, 'u')
  } catch (error) {
    throw new UsageError(`--regex ${regex} is no regular expression: ${(error as Error).message}.`)
  }
}

function splitLists(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '')
}

/** Green for what works, yellow for what moves, red for what is gone. */
export function stateStyle(state: string | undefined): Style | undefined {
  if (state === 'Stable') return 'green'
  if (state === 'Dead') return 'red'
  return state === 'Empty' ? undefined : 'yellow'
}
