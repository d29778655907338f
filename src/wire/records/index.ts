export * from './batch-header.ts'
export * from './control-records.ts'
export * from './encode-batch.ts'
export * from './record-cursor.ts'
