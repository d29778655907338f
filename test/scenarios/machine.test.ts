import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { playOnMachine } from './support/machine.ts'
import { parseTranscript } from './support/transcript.ts'

const folder = import.meta.dirname

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  const transcript = parseTranscript(text)
  test(`${file}: ${transcript.title}`, async () => {
    const outputs = await playOnMachine(transcript)
    const played = [
      ...transcript.head,
      ...transcript.steps.flatMap((step, i) => [
        ...step.above,
        step.line,
        ...outputs[i]!.map((output) => `  ${output}`),
      ]),
      ...transcript.tail,
    ]
    const rendered = `${played.join('\n')}\n`
    if (process.env.UPDATE === '1') writeFileSync(path, rendered)
    else expect(rendered).toBe(text)
  })
}
