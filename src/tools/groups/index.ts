export {
  type GroupPartition,
  type GroupReport,
  groupReport,
  type LagTotals,
  lagTotals,
  readGroupReports,
} from './group-report.ts'
export { type GroupFilter, listGroups } from './list-groups.ts'
export * from './reset/index.ts'
