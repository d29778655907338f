import type { Command } from 'commander'
import type { Admin } from '../../../client/index.ts'
import { type GroupFilter, listGroups } from '../../../tools/groups/index.ts'
import { UsageError } from '../../exit-code.ts'
import { repeatable, wholePattern } from '../../options.ts'
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
    ...(regex !== undefined && { pattern: wholePattern('--regex', regex) }),
    ...(state !== undefined && { states: splitLists(state) }),
    ...(type !== undefined && { types: splitLists(type) }),
  }
}

/** What `addGroupsArgument` adds to the options of a command. */
export interface GroupSelectionOptions extends GroupFilterOptions {
  readonly allGroups?: boolean
}

/** Adds `[group...]`, `--all-groups` and the filters. */
export function addGroupSelection(command: Command): Command {
  command.argument('[group...]', 'these groups').option('--all-groups', 'every group that has offsets or members')
  return addGroupFilterOptions(command)
}

/**
 * The ids that are meant. Groups that are named are not looked for: who asks for them learns what is wrong with one.
 * @throws UsageError where nothing says which
 */
export async function selectGroups(
  admin: Admin,
  groupIds: readonly string[],
  options: GroupSelectionOptions,
  call: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { allGroups = false, regex, state, type } = options
  const isFiltered = regex !== undefined || state !== undefined || type !== undefined
  if (groupIds.length > 0 && allGroups) throw new UsageError('Give either names of groups or --all-groups.')
  if (groupIds.length > 0 && !isFiltered) return [...new Set(groupIds)]
  if (!allGroups && !isFiltered)
    throw new UsageError('Which groups? Name them, or give --all-groups, --regex, --state or --type.')
  const found = await listGroups(admin, groupFilter(groupIds, options), call)
  return found.map(({ groupId }) => groupId)
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
