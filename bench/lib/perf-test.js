import { kafkaClassPath } from './kafka-jars.js'
import { childrenCpu, run, totalSeconds } from './processes.js'

/** `kafka-producer-perf-test` of Apache Kafka 4.2 with acks=all and its defaults otherwise. */
export async function runPerfTest({ bootstrap, topic, size, warmUp, records }) {
  const classPath = await kafkaClassPath()
  const numbers = ['--num-records', String(warmUp + records), '--warmup-records', String(warmUp)]
  const how = ['--record-size', String(size), '--throughput', '-1', '--bootstrap-server', bootstrap]
  const tool = ['org.apache.kafka.tools.ProducerPerformance', '--topic', topic, ...numbers, ...how]
  // As bin/kafka-run-class.sh of Kafka's distribution starts it.
  const jvm = ['-Xmx512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-cp', classPath]
  const cpu = totalSeconds(childrenCpu())
  const began = performance.now()
  const output = await run('java', [...jvm, ...tool, '--command-property', 'acks=all'])
  const sums = [...output.matchAll(/^(\d+) records sent, ([\d.]+) records\/sec.* ms 99\.9th/gm)]
  const recordsPerSecond = Number(sums.at(-1)?.[2])
  if (!Number.isFinite(recordsPerSecond)) throw new Error(`perf-test gave no sum:\n${output}`)
  // CPU of the whole process, its start included: the program does not tell its own.
  return {
    recordsPerSecond,
    seconds: (performance.now() - began) / 1000,
    clientCpuSeconds: totalSeconds(childrenCpu()) - cpu,
  }
}
