import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playOnBroker } from '../../scenarios/support/tcp.ts'
import type { Transcript } from '../../scenarios/support/transcript.ts'
import { defaultConfig, parseTranscript } from '../../scenarios/support/transcript.ts'
import type { Broker, Target } from '../support/broker.ts'
import { projectRoot } from '../support/toolchain.ts'
import { isRunningAlready, startUnlessRunning, targets, toPlayOn } from './target.ts'

const folder = join(projectRoot, 'test/scenarios')
const transcripts = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => ({ file, transcript: parseTranscript(readFileSync(join(folder, file), 'utf8')) }))

for (const target of targets) {
  for (const [config, group] of byConfig(target)) {
    const isDefault = config === JSON.stringify(defaultConfig)
    if (isRunningAlready && !isDefault) continue
    describe(`on ${target} with ${isDefault ? 'the default config' : config}`, () => {
      let broker: Broker | undefined
      beforeAll(async () => {
        broker = await startUnlessRunning(target, JSON.parse(config))
      })
      afterAll(() => broker?.stop())
      for (const { file, transcript } of group) {
        const cannot = isRunningAlready && transcript.steps.some(({ line }) => line === 'restart')
        test.skipIf(cannot)(`${file}: ${transcript.title}`, async () => {
          const mismatch = await playOnBroker(transcript, toPlayOn(broker))
          expect(mismatch && { after: mismatch.line, replies: mismatch.actual }).toEqual(
            mismatch && { after: mismatch.line, replies: mismatch.expected },
          )
        })
      }
    })
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
