import type { Handler } from '../handler.ts'
import { InOrder } from './in-order.ts'

const order = new InOrder()

/**
 * Runs a connection's requests of the wrapped APIs one after the other, each when the one before it is answered. Kafka does so with all
 * requests; here they run as they arrive, which is what heartbeats behind a waiting JoinGroup need, but who sends CreateTopics and
 * DeleteTopics without waiting in between means them in this order.
 */
export function oneByOne<Request, Response>(handler: Handler<Request, Response>): Handler<Request, Response> {
  return (request, context, broker) => {
    const { connection } = context
    if (order.isBusy(connection)) {
      return order.run(connection, () => handler(request, context, broker) as Response | Promise<Response>)
    }
    const answer = handler(request, context, broker)
    return answer instanceof Promise ? order.run(connection, () => answer) : answer
  }
}
