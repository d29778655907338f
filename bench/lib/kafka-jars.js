import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from './processes.js'

const root = resolve(import.meta.dirname, '../..')

/** Class path of Apache Kafka 4.2: the jars that the interop tests have, else from Maven Central. */
export async function kafkaClassPath() {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const shared = join(cache, 'real-kafka-4.2.0')
  if (existsSync(join(shared, '.complete'))) return `${shared}/*`
  const folder = join(root, '.cache/interop/kafka-jars')
  if (!existsSync(join(folder, '.complete'))) {
    mkdirSync(folder, { recursive: true })
    const pom = join(root, 'test/interop/support/kafka/pom.xml')
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`])
    // Not the stamp of the interop tests, which hold the folder to a key of theirs and then fetch it anew.
    writeFileSync(join(folder, '.complete'), 'bench')
  }
  return `${folder}/*`
}
