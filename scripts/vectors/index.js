export { checkAssignment } from './check-assignment.js'
export { checkBatch } from './check-batch.js'
export { checkMessage } from './check-message.js'
export { parseLossless } from './lossless-json.js'
