export * from './scram.ts'
