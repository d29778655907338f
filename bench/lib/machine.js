// What else the machine does while something is measured.
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { loadavg } from 'node:os'
import { pause, run } from './processes.js'

/** USER_HZ, 100 on every Linux there is. */
const CLOCK_TICKS = 100
const LOOK_MS = 250
/** Shares of the time, over one look, up to which the machine counts as quiet. */
const CPU_BUSY_MAX = 0.1
const DISK_BUSY_MAX = 0.1

/**
 * Writes dirty pages out, so that nobody pays for the one before, and waits until neither the CPUs nor the disk are busy.
 * @returns whether the machine came to rest within `timeoutMs`
 */
export async function waitForQuiet(folder, timeoutMs) {
  await run('sync', [])
  const disk = diskOf(folder)
  const endMs = performance.now() + timeoutMs
  let before = look(disk)
  for (;;) {
    await pause(LOOK_MS)
    const now = look(disk)
    const cpuBusy = (now.busySeconds - before.busySeconds) / (now.totalSeconds - before.totalSeconds)
    const diskBusy = (now.diskMs - before.diskMs) / (now.atMs - before.atMs)
    if (cpuBusy <= CPU_BUSY_MAX && diskBusy <= DISK_BUSY_MAX) return true
    if (now.atMs > endMs) return false
    before = now
  }
}

/**
 * Starts to watch; the function given says what all programs together have used since, in user mode: what the kernel does is
 * often done for the broker measured. And what the hypervisor took.
 */
export function watchMachine() {
  const before = look()
  return () => {
    const now = look()
    const seconds = (now.atMs - before.atMs) / 1000
    return {
      seconds,
      userSeconds: now.userSeconds - before.userSeconds,
      stolenCores: (now.stolenSeconds - before.stolenSeconds) / seconds,
      load: loadavg()[0],
    }
  }
}

/**
 * Holds an flock of a file, so that others that use it stay quiet. @returns the function that lets it go
 */
export async function takeLock(file) {
  if (file === undefined) return () => {}
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise((resolve, reject) => {
    holder.stdout.once('data', resolve)
    holder.once('error', reject)
    holder.once('exit', (code) => reject(new Error(`flock ${file} ended with ${code}`)))
  })
  return () => holder.stdin.end()
}

function look(disk) {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = cpuTicks()
  const busy = user + nice + system + irq + softirq
  return {
    atMs: performance.now(),
    userSeconds: (user + nice) / CLOCK_TICKS,
    busySeconds: busy / CLOCK_TICKS,
    stolenSeconds: steal / CLOCK_TICKS,
    totalSeconds: (busy + idle + iowait + steal) / CLOCK_TICKS,
    diskMs: disk === undefined ? 0 : diskBusyMs(disk),
  }
}

function cpuTicks() {
  const [first] = readFileSync('/proc/stat', 'latin1').split('\n', 1)
  return first.split(/\s+/).slice(1).map(Number)
}

/** `major minor` of the disk under a folder, as /proc/diskstats has it; undefined when it is not there, as of overlays. */
function diskOf(folder) {
  const { dev } = statSync(folder)
  // As glibc's gnu_dev_major and gnu_dev_minor have it.
  const major = (dev >> 8) & 0xfff
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00)
  const found = diskStats().some((fields) => Number(fields[0]) === major && Number(fields[1]) === minor)
  return found ? { major, minor } : undefined
}

/** Time in which the disk had requests. */
function diskBusyMs({ major, minor }) {
  const fields = diskStats().find((row) => Number(row[0]) === major && Number(row[1]) === minor)
  return Number(fields?.[12] ?? 0)
}

function diskStats() {
  return readFileSync('/proc/diskstats', 'latin1')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
}
