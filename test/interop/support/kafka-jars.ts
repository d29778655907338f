import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from './child.ts'
import { installOnce, run } from './toolchain.ts'

const pom = join(import.meta.dirname, 'kafka/pom.xml')

/** Class path of Apache Kafka 4.2 with its tools; from Maven Central on first use. */
export async function kafkaClassPath(): Promise<string> {
  const shared = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'real-kafka-4.2.0')
  if (existsSync(join(shared, '.complete'))) return `${shared}/*`
  return `${await mavenJars('kafka-jars', pom)}/*`
}

/** Folder with the jars that a pom depends on. */
export function mavenJars(name: string, pomFile: string): Promise<string> {
  return installOnce(name, readFileSync(pomFile, 'utf8'), async (folder) => {
    await run('mvn', ['-q', '-B', '-f', pomFile, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`])
  })
}

/**
 * A freshly formatted data folder of a KRaft node, to copy: formatting starts a JVM, copying does not.
 * All brokers made from it share the cluster id, which is harmless as each is a cluster of its own.
 */
export function formattedKafkaFolder(nodeId = 1): Promise<string> {
  const name = nodeId === 1 ? 'kafka-formatted' : `kafka-formatted-${nodeId}`
  return installOnce(name, `4.2.0 node ${nodeId} without ELR`, async (folder) => {
    const properties = `${folder}.properties`
    writeFileSync(
      properties,
      [
        'process.roles=broker,controller',
        `node.id=${nodeId}`,
        `controller.quorum.voters=${nodeId}@127.0.0.1:1`,
        'listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:1',
        'controller.listener.names=CONTROLLER',
        `log.dirs=${folder}`,
        '',
      ].join('\n'),
    )
    // Eligible leader replicas mean nothing on one node, and would set min.insync.replicas for the cluster.
    const features = ['--feature', 'eligible.leader.replicas.version=0']
    const format = ['format', '-t', 'Y2x1c3Rlci1vZi10ZXN0cw', '-c', properties, ...features]
    const { command, args } = javaCommand(await kafkaClassPath(), 'kafka.tools.StorageTool', format)
    await run(command, args)
  })
}

/** A JVM that spares the machine: small heap, one collector thread, no optimizing compiler. */
export function javaCommand(
  classPath: string,
  mainClass: string,
  args: readonly string[],
  options: { readonly heapMb?: number; readonly properties?: Readonly<Record<string, string>> } = {},
): Command {
  const properties = Object.entries(options.properties ?? {}).map(([key, value]) => `-D${key}=${value}`)
  const flags = [`-Xmx${options.heapMb ?? 128}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
  return { command: 'java', args: [...flags, ...properties, '-cp', classPath, mainClass, ...args] }
}
