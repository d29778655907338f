// One golden assignment: range and round-robin are equal; cooperative-sticky, which in Kafka depends on the order of
// hash maps, is as balanced, moves no more, and gives nothing away before its owner gave it up.
import assert from 'node:assert/strict'

export function checkAssignment(assignors, vector) {
  const input = {
    partitionsByTopic: new Map(Object.entries(vector.topics)),
    members: vector.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      topics: member.topics,
      ownedPartitions: member.owned.map(parsePartition),
      generationId: member.generation,
    })),
  }
  const assign = (name) => printed(assignors[name].assign(input))
  for (const name of ['range', 'roundrobin']) {
    if (vector[name] !== undefined) assert.deepEqual(assign(name), sorted(vector[name]), `${name} assigns differently`)
  }
  const golden = vector['cooperative-sticky']
  if (golden !== undefined) checkCooperativeSticky(vector, assign('cooperative-sticky'), golden)
}

function checkCooperativeSticky(vector, ours, golden) {
  checkValid(vector, ours)
  const owners = ownersOf(vector.members)
  for (const [memberId, partitions] of Object.entries(ours)) {
    for (const partition of partitions) {
      const owner = owners.get(partition)
      assert.ok(owner === undefined || owner === memberId, `${partition} goes from ${owner} straight to ${memberId}`)
    }
  }
  const moved = (assignment) =>
    [...owners].filter(([partition, owner]) => !(assignment[owner] ?? []).includes(partition)).length
  assert.ok(moved(ours) <= moved(golden), `moves ${moved(ours)} partitions, Kafka ${moved(golden)}`)
  assert.ok(count(ours) >= count(golden), `assigns ${count(ours)} partitions, Kafka ${count(golden)}`)
  assert.ok(spread(ours) <= spread(golden), `loads differ by ${spread(ours)}, Kafka's by ${spread(golden)}`)
  if (count(ours) === count(golden)) {
    assert.ok(squares(ours) <= squares(golden), 'is less balanced than Kafka')
  }
}

function checkValid({ topics, members }, assignment) {
  const given = Object.values(assignment).flat()
  assert.equal(new Set(given).size, given.length, 'a partition has two owners')
  assert.deepEqual(
    Object.keys(assignment).sort(),
    members.map((member) => member.memberId).sort(),
    'a member is missing',
  )
  for (const member of members) {
    for (const { topic, partition } of assignment[member.memberId].map(parsePartition)) {
      assert.ok(member.topics.includes(topic), `${member.memberId} does not subscribe to ${topic}`)
      assert.ok(partition < topics[topic], `${topic}-${partition} does not exist`)
    }
  }
}

/** Who really owns what: of two claims the later generation's holds; of one generation's neither does. */
function ownersOf(members) {
  const claims = new Map()
  for (const { memberId, owned, generation } of members) {
    for (const partition of owned) {
      const claim = claims.get(partition)
      if (claim === undefined || generation > claim.generation) claims.set(partition, { memberId, generation })
      else if (generation === claim.generation) claims.set(partition, { memberId: undefined, generation })
    }
  }
  return new Map(
    [...claims].filter(([, { memberId }]) => memberId !== undefined).map(([key, { memberId }]) => [key, memberId]),
  )
}

function count(assignment) {
  return Object.values(assignment).flat().length
}

function spread(assignment) {
  const sizes = Object.values(assignment).map((partitions) => partitions.length)
  return Math.max(...sizes) - Math.min(...sizes)
}

function squares(assignment) {
  return Object.values(assignment).reduce((sum, partitions) => sum + partitions.length ** 2, 0)
}

function printed(assignment) {
  const entries = [...assignment].map(([memberId, partitions]) => [
    memberId,
    partitions.map(({ topic, partition }) => `${topic}-${partition}`),
  ])
  return sorted(Object.fromEntries(entries))
}

function sorted(assignment) {
  return Object.fromEntries(
    Object.entries(assignment).map(([memberId, partitions]) => [memberId, [...partitions].sort()]),
  )
}

function parsePartition(text) {
  const dash = text.lastIndexOf('-')
  return { topic: text.slice(0, dash), partition: Number(text.slice(dash + 1)) }
}
