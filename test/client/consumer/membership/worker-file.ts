import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** The heartbeat thread's code, made from the sources: Node 20 starts no thread from TypeScript. */
export async function heartbeatWorkerFile(): Promise<URL> {
  const made = await rolldown({
    input: `${root}src/client/consumer/membership/heartbeat/heartbeat-worker.ts`,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  })
  // In the repository, where its dependencies are found.
  const file = `${root}.cache/test-workers/${process.pid}/heartbeat-worker.mjs`
  await made.write({ file, format: 'esm', codeSplitting: false })
  return pathToFileURL(file)
}
