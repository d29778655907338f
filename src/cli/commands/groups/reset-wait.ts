import { type Admin, type GroupDescription, KafkaError } from '../../../client/index.ts'
import { untilEmpty } from '../../../tools/groups/index.ts'
import { CliError } from '../../exit-code.ts'
import { startProgress } from '../../output/index.ts'
import { parseDurationMs } from './since.ts'

interface Options {
  readonly whenEmpty?: boolean
  readonly wait?: string
}

/** With `--when-empty`. @throws CliError when `--wait` is over */
export async function waitUntilEmpty(
  admin: Admin,
  groupIds: readonly string[],
  { whenEmpty, wait }: Options,
  signal: AbortSignal,
): Promise<void> {
  if (whenEmpty !== true) return
  const maxWaitMs = wait === undefined ? undefined : parseDurationMs(wait, '--wait')
  const progress = startProgress('looking at the groups')
  let hasTold = false
  const onWaiting = (groups: readonly GroupDescription[]): void => {
    const text = `waiting for members to go: ${groups.map(({ groupId, members }) => `${groupId} (${members.length})`).join(', ')}`
    progress.update(text)
    if (!hasTold && !process.stderr.isTTY) process.stderr.write(`kohort: ${text}\n`)
    hasTold = true
  }
  try {
    await untilEmpty(admin, groupIds, { maxWaitMs, signal, onWaiting })
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'TIMEOUT') throw error
    throw new CliError(`Nothing was changed: ${error.message}.`)
  } finally {
    progress.end()
  }
}
