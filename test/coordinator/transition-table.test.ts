import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { errorOf } from './harness.ts'
import type { CommandName, StateName } from './transition-scenes.ts'
import { commands, scenes } from './transition-scenes.ts'
import { table } from './transition-table.ts'

const stateNames = Object.keys(scenes) as StateName[]

/** `UPDATE=1` writes what is; read the difference, and know Kafka's answer, before it is committed. */
const written: Record<string, Record<string, string>> = {}

afterAll(() => {
  if (process.env.UPDATE !== '1') return
  const path = joinPath(import.meta.dirname, 'transition-table.ts')
  const head = readFileSync(path, 'utf8').split(' = {')[0]!
  writeFileSync(path, `${head} = ${JSON.stringify(written, null, 2)}\n`)
})

describe('state × command', () => {
  for (const command of Object.keys(commands) as CommandName[]) {
    test(`${command} has a documented outcome in every state`, () => {
      const actual = Object.fromEntries(stateNames.map((state) => [state, outcome(state, command)]))
      if (process.env.UPDATE === '1') written[command] = actual
      else assert.deepEqual(actual, table[command])
    })
  }

  test('the table has no entry for what does not exist', () => {
    if (process.env.UPDATE === '1') return
    assert.deepEqual(Object.keys(table).sort(), Object.keys(commands).sort())
  })
})

/** `answer, other answers → state`. */
function outcome(state: StateName, command: CommandName): string {
  const scene = scenes[state]()
  const { harness } = scene
  const before = harness.answers.length
  commands[command](scene as never)
  const answers = harness.answers.slice(before)
  const own = answers.filter(({ to }) => to === 'x').map(({ response }) => errorOf(response))
  const others = answers.filter(({ to }) => to !== 'x').map(({ to, response }) => `${to}: ${errorOf(response)}`)
  const asked = !/^the /.test(command)
  const said = [asked && own.length === 0 ? 'waits' : own[0], ...others].filter((part) => part !== undefined)
  const after = harness.shard.groups.get('g')
  return `${said.join(', ')} → ${after?.state ?? 'absent'}`.trim()
}
