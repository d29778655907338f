/**
 * What is wrong with the leader epoch that a client believes in (KIP-320): an older one is of a leader before us, a newer one of metadata
 * that we have not seen. -1 = the client does not say.
 */
export function leaderEpochError(
  currentLeaderEpoch: number,
  leaderEpoch: number,
): 'FENCED_LEADER_EPOCH' | 'UNKNOWN_LEADER_EPOCH' | undefined {
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === leaderEpoch) return undefined
  return currentLeaderEpoch < leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH'
}
