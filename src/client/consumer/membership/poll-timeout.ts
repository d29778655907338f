/** Java's, as the group hears it. */
export const POLL_TIMEOUT = 'consumer poll timeout has expired.'

/** Java's sentence, in the words of this client's configuration. */
export function pollTimeoutSentence(maxPollIntervalMs: number): string {
  return (
    `consumer poll timeout has expired. The application has not asked for records for longer than maxPollIntervalMs (${maxPollIntervalMs} ms), ` +
    'so this member leaves its group and its partitions go to others; it joins again when the application asks. ' +
    'Handle records faster, ask for fewer at a time (maxPollRecords), or raise maxPollIntervalMs'
  )
}
