export { type GroupFilter, listGroups } from './list-groups.ts'
