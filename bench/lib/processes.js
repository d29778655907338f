import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Runs a program to its end and gives its standard output. Throws with its output when it fails. */
export function run(command, args, options = {}) {
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) fulfil(stdout)
      else reject(new Error(`${command} ended with ${code}: ${args.join(' ')}\n${stdout}\n${stderr}`))
    })
  })
}

export function pause(delayMs) {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

/** CPU seconds that a process has used so far. */
export function cpuOf(pid) {
  const fields = statFieldsOf(pid)
  return { userSeconds: Number(fields[11]) / CLOCK_TICKS, systemSeconds: Number(fields[12]) / CLOCK_TICKS }
}

/** CPU seconds of the programs that this process has started and that have ended. */
export function childrenCpu() {
  const fields = statFieldsOf('self')
  return { userSeconds: Number(fields[13]) / CLOCK_TICKS, systemSeconds: Number(fields[14]) / CLOCK_TICKS }
}

export function totalSeconds({ userSeconds, systemSeconds }) {
  return userSeconds + systemSeconds
}

function statFieldsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The second field is the name, in parentheses, and may hold spaces.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Resident memory of a process in MB. */
export function rssMbOf(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
  return Number(kilobytes) / 1024
}

/** Files, sockets and the like that a process has open. */
export function filesOf(pid) {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** USER_HZ, 100 on every Linux there is. */
const CLOCK_TICKS = 100
