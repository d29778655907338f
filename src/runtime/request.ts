import type { GroupCommand, GroupResponse } from '../coordinator/index.ts'

/** One submitted command on its way to its only answer. */
export class Request {
  readonly command: GroupCommand
  #done: ((response: GroupResponse) => void) | undefined

  constructor(command: GroupCommand, done: (response: GroupResponse) => void) {
    this.command = command
    this.#done = done
  }

  get isOpen(): boolean {
    return this.#done !== undefined
  }

  answer(response: GroupResponse): void {
    const done = this.#done
    this.#done = undefined
    done?.(response)
  }

  /** Nobody listens any more. */
  drop(): void {
    this.#done = undefined
  }
}
