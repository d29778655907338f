export { type Executed, executeReset, executeUndo } from './execute.ts'
export { formatOffsetsFile, type OffsetLine, parseOffsetsFile } from './offsets-file.ts'
export { type ReadResetFacts, readCommitted, readResetFacts } from './read-reset-facts.ts'
export { type ResetEffect, readResetEffects, resetEffect } from './reset-effects.ts'
export {
  planReset,
  type ResetChange,
  type ResetFacts,
  type ResetPlan,
  type ResetTarget,
  refusalOfLiveGroup,
} from './reset-plan.ts'
export { parseDateTime, parseDuration } from './times.ts'
export {
  formatUndo,
  parseUndo,
  planUndo,
  type UndoFile,
  type UndoGroup,
  type UndoPartition,
  type UndoPlan,
  undoOf,
} from './undo.ts'
export { type UntilEmptyOptions, untilEmpty } from './until-empty.ts'
