export {
  type GroupPartition,
  type GroupReport,
  groupReport,
  type LagTotals,
  lagTotals,
  readGroupReports,
} from './group-report.ts'
export { readLagOfGroups } from './lag-of-groups.ts'
export { type GroupFilter, listGroups } from './list-groups.ts'
export * from './reset/index.ts'
