// npm run vectors -- FILE...: checks golden messages, record batches and assignments (.jsonl or .jsonl.gz, told apart by
// their content) against the built package, in both directions. Exit code 1 on a failure or when nothing was checked.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { setUp } from './setup.js'
import { checkAssignment, checkBatch, checkMessage, parseLossless } from './vectors/index.js'

const FAILURES_SHOWN = 5
const files = process.argv.slice(2)
if (files.length === 0) {
  process.stderr.write('usage: npm run vectors -- FILE... (.jsonl or .jsonl.gz)\n')
  process.exit(1)
}

setUp()
const wire = await import('../dist/wire/index.js')
const { assignors } = await import('../dist/assignor/index.js')
await wire.loadCodecs()

let allPassed = 0
let allFailed = 0
for (const file of files) {
  const { passed, failures } = checkFile(file)
  process.stdout.write(`${file}: passed ${passed}, failed ${failures.length}\n`)
  for (const failure of failures.slice(0, FAILURES_SHOWN)) process.stdout.write(`  ${failure}\n`)
  if (failures.length > FAILURES_SHOWN) process.stdout.write(`  … and ${failures.length - FAILURES_SHOWN} more\n`)
  allPassed += passed
  allFailed += failures.length
}
if (files.length > 1) process.stdout.write(`total: passed ${allPassed}, failed ${allFailed}\n`)
if (allPassed + allFailed === 0) process.stderr.write('nothing was checked\n')
process.exit(allFailed === 0 && allPassed > 0 ? 0 : 1)

function checkFile(file) {
  const failures = []
  let passed = 0
  let lineNumber = 0
  for (const line of readLines(file, failures)) {
    lineNumber++
    if (line.trim() === '') continue
    try {
      checkLine(parseLossless(line))
      passed++
    } catch (error) {
      failures.push(`line ${lineNumber}: ${String(error.message ?? error).slice(0, 600)}`)
    }
  }
  return { passed, failures }
}

function readLines(file, failures) {
  try {
    const bytes = readFileSync(file)
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8').split('\n')
  } catch (error) {
    failures.push(error.message)
    return []
  }
}

function checkLine(vector) {
  if (typeof vector.name === 'string' && 'version' in vector) return checkMessage(wire, vector)
  if ('records' in vector || 'control' in vector) return checkBatch(wire, vector)
  if ('topics' in vector && 'members' in vector) return checkAssignment(assignors, vector)
  throw new Error('neither a message, nor a record batch, nor an assignment')
}
