import type { Evidence, Place } from './evidence.ts'

/** `critical`: records are not processed now. `warning`: it costs, or will. `info`: worth knowing. */
export type Severity = 'critical' | 'warning' | 'info'

/** What a rule found. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** What it is, in one sentence. */
  readonly sentence: string
  /** What it is concluded from. */
  readonly evidence: readonly string[]
  /** What to do, the first thing first. */
  readonly advice: readonly string[]
  /** Member ids that it is about; empty: the whole group. */
  readonly members: readonly string[]
  /** Partitions that it is about; empty: all, or none in particular. */
  readonly partitions: readonly Place[]
}

/** What a rule says; its name is added. */
export type Found = Omit<Finding, 'rule' | 'members' | 'partitions'> & Partial<Pick<Finding, 'members' | 'partitions'>>

/** A small pure function from evidence to an opinion. */
export type Rule = (evidence: Evidence) => Found | undefined
