import { parentPort } from 'node:worker_threads'
import { type ServerAssignorInput, type ServerAssignorName, serverAssignors } from '../../assignor/index.ts'

/** What the worker is sent; it answers with `AssignAnswer`, in the same order. */
export interface AssignRequest {
  readonly assignor: ServerAssignorName
  readonly input: ServerAssignorInput
}

// Runs in a thread of its own, started by `Assigner`: a large assignment takes longer than a heartbeat of another group should wait.
parentPort?.on('message', ({ assignor, input }: AssignRequest) => {
  parentPort!.postMessage(serverAssignors[assignor].assign(input))
})
