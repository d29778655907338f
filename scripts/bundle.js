// Gathers the build's modules into few files, which are what is published and run: to load some 400 modules one by one takes Node longer
// than all else that a start does.
//   dist/bin   the command line, and the client and the test kit for `require`: CommonJS, which starts faster than ES modules do. The broker, the client
//              and the test kit are one file each, as their parts would reach each other slower; the command line has a file for each command that
//              it loads, and for what commands share
//   dist/lib   the exports of package.json: ES modules that share their code; the client is one file, which the others import
// Threads load files of their own: each module called *-worker.js is an entry of both, beside the code that starts it.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const source = fileURLToPath(new URL('../src', import.meta.url))

const workers = Object.fromEntries(
  readdirSync(source, { recursive: true })
    .filter((file) => file.endsWith('-worker.ts'))
    .map((file) => [basename(file, '.ts'), file.replace(/\.ts$/, '.js')]),
)
const client = 'client/index.js'
// Jest's own `require` loads no ES modules before Node 24.9, so the client and the test kit are there for CommonJS too.
const programs = [
  // What a command imports when it runs is a file of its own.
  { main: 'cli/main.js', 'kafka-tools': 'cli/kafka-tools/index.js' },
  // A bundle of its own, so that it shares no file with the other commands.
  { 'broker-command': 'cli/broker-command.js' },
  { client },
  { testing: 'testing/index.js' },
  ...Object.entries(workers).map(([name, file]) => ({ [name]: file })),
]
const exported = {
  broker: 'broker/index.js',
  testing: 'testing/index.js',
  tools: 'tools/index.js',
  wire: 'wire/index.js',
}

await replace('bin', 'commonjs', async (folder) => {
  for (const entries of programs) await bundle(entries, folder, 'cjs')
  copyTypes(client, join(folder, 'types'))
})
await replace('lib', 'module', async (folder) => {
  // One file, which the other exports import: each more costs a start some milliseconds.
  await bundle({ client }, folder, 'esm')
  await bundle(exported, folder, 'esm')
  for (const [name, file] of Object.entries(workers)) await bundle({ [name]: file }, folder, 'esm')
})

/** Nobody finds a folder that is half written. */
async function replace(name, type, fill) {
  const folder = join(dist, name)
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  await fill(fresh)
  writeFileSync(join(fresh, 'package.json'), `{ "type": "${type}" }\n`)
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
}

/** Declarations for who says `require` and compiles with `module: node16`: in a folder of CommonJS they are of CommonJS. */
function copyTypes(entry, folder) {
  const waiting = [entry.replace(/\.js$/, '.d.ts')]
  const seen = new Set(waiting)
  for (const file of waiting) {
    const text = readFileSync(join(dist, file), 'utf8')
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
    for (const [, to] of text.matchAll(/(?:from|import\() ?['"](\.[^'"]+)\.[jt]s['"]/g)) {
      const next = `${join(dirname(file), to)}.d.ts`
      if (seen.has(next)) continue
      seen.add(next)
      waiting.push(next)
    }
  }
}

async function bundle(entries, dir, format) {
  const made = await rolldown({
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(dist, file)])),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith(dist),
    // No module does anything when it is imported: what nobody uses stays out.
    treeshake: { moduleSideEffects: false },
    plugins: [
      {
        name: 'programs-apart',
        resolveId(id, importer) {
          const path = importer === undefined ? undefined : join(dirname(importer), id)
          if (path === join(dist, 'cli/broker-command.js')) return { id: './broker-command.js', external: true }
          if (path === join(dist, client) && format === 'esm') return { id: './client.js', external: true }
        },
      },
    ],
    onLog(_level, { message }) {
      process.stderr.write(`${message}\n`)
      process.exitCode = 1
    },
  })
  // Bundles beside each other have files of the same name, and different content.
  const [first] = Object.keys(entries)
  const chunkFileNames = format === 'cjs' ? `${first}-[name]-part.js` : '[name]-part.js'
  // In CommonJS an `import()` would load Node's loader of ES modules, and read each file once more for its exports: 10 ms of a start.
  await made.write({ dir, format, chunkFileNames, comments: false, dynamicImportInCjs: false })
}
