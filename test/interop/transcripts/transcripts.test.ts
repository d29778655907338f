import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playOnBroker } from '../../scenarios/support/tcp.ts'
import type { Transcript } from '../../scenarios/support/transcript.ts'
import { defaultConfig, parseTranscript } from '../../scenarios/support/transcript.ts'
import type { Broker, Target } from '../support/broker.ts'
import { target as defaultTarget, startBroker } from '../support/broker.ts'
import { projectRoot } from '../support/toolchain.ts'

const folder = join(projectRoot, 'test/scenarios')
const transcripts = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => ({ file, transcript: parseTranscript(readFileSync(join(folder, file), 'utf8')) }))

/** TRANSCRIPTS_AT=kafka:PORT plays them on a broker that runs already (with `defaultConfig`). */
const running = process.env.TRANSCRIPTS_AT?.split(':')
const targets: Target[] =
  running !== undefined
    ? [running[0] as Target]
    : process.env.KOHORT_FULL === '1'
      ? ['kohort', 'kafka']
      : [defaultTarget()]

const newRun = (): string => randomBytes(4).toString('hex')

for (const target of targets) {
  for (const [config, group] of byConfig(target)) {
    const isDefault = config === JSON.stringify(defaultConfig)
    if (running !== undefined && !isDefault) continue
    describe.skipIf(target === 'kohort' && !existsSync(join(projectRoot, 'bin/kohort.js')))(
      `on ${target} with ${isDefault ? 'the default config' : config}`,
      () => {
        let broker: Broker | undefined
        beforeAll(async () => {
          if (running === undefined) broker = await startBroker({ target, set: JSON.parse(config) })
        })
        afterAll(() => broker?.stop())
        for (const { file, transcript } of group) {
          test(`${file}: ${transcript.title}`, async () => {
            const mismatch = await playOnBroker(transcript, broker?.port ?? Number(running![1]), newRun)
            expect(mismatch && { after: mismatch.line, replies: mismatch.actual }).toEqual(
              mismatch && { after: mismatch.line, replies: mismatch.expected },
            )
          })
        }
      },
    )
  }
}

/** One broker for all transcripts that want the same. */
function byConfig(target: Target): Map<string, { file: string; transcript: Transcript }[]> {
  const groups = new Map<string, { file: string; transcript: Transcript }[]>()
  for (const entry of transcripts) {
    if (entry.transcript.onlyMachine || entry.transcript.skips.has(target)) continue
    const config = JSON.stringify({ ...defaultConfig, ...entry.transcript.config })
    groups.set(config, [...(groups.get(config) ?? []), entry])
  }
  return groups
}
