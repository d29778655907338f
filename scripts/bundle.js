// Gathers the build's modules into few files, which are what is published and run: to load some 400 modules one by one takes Node longer
// than all else that a start does.
//   dist/bin   the command line, and the client and the test kit for `require`: CommonJS, which starts faster than ES modules do, each in one file, as its
//              parts would reach each other slower
//   dist/lib   the exports of package.json: ES modules that share their code
// Threads load files of their own: each module called *-worker.js is an entry of both, beside the code that starts it.
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const source = fileURLToPath(new URL('../src', import.meta.url))

const workers = Object.fromEntries(
  readdirSync(source, { recursive: true })
    .filter((file) => file.endsWith('-worker.ts'))
    .map((file) => [basename(file, '.ts'), file.replace(/\.ts$/, '.js')]),
)
// Jest's own `require` loads no ES modules before Node 24.9, so the client and the test kit are there for CommonJS too.
const programs = Object.entries({
  main: 'cli/main.js',
  client: 'client/index.js',
  testing: 'testing/index.js',
  ...workers,
})
const exported = {
  client: 'client/index.js',
  broker: 'broker/index.js',
  testing: 'testing/index.js',
  tools: 'tools/index.js',
  wire: 'wire/index.js',
}

await replace('bin', 'commonjs', async (folder) => {
  for (const [name, file] of programs) await bundle({ [name]: file }, folder, 'cjs')
})
await replace('lib', 'module', (folder) => bundle({ ...exported, ...workers }, folder, 'esm'))

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

async function bundle(entries, dir, format) {
  const made = await rolldown({
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(dist, file)])),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith(dist),
    onLog(_level, { message }) {
      process.stderr.write(`${message}\n`)
      process.exitCode = 1
    },
  })
  await made.write({ dir, format, chunkFileNames: '[name]-part.js', comments: false })
}
