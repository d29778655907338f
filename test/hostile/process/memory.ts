import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Whether this system tells what another process holds (Linux). */
export const canMeasure = existsSync('/proc/self/clear_refs')

/** MB that a process holds now, and the most since `resetPeak`. */
export function residentMbOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { now: kilobytesOf(status, 'VmRSS'), peak: kilobytesOf(status, 'VmHWM') }
}

export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function kilobytesOf(status: string, name: string): number {
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024)
}

/** Files that a process of this user may have open. */
export function openFilesMax(): number {
  if (!existsSync('/proc/self/limits')) return 2_600
  const [, hard] = /^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return Number(hard ?? 1_000_000)
}
