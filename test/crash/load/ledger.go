package main

import (
	"fmt"
	"sync"
)

// ledger holds what the broker has promised, for each partition.
type ledger struct {
	sync.Mutex
	acknowledged []int64 // records 0 to this, exclusive, were acknowledged
	committed    []int64 // highest offset whose commit was acknowledged, -1 for none
	attempted    []int64 // highest offset that was sent in a commit, -1 for none
	commits      int64
	violations   []string
}

func newLedger(partitions int) *ledger {
	l := &ledger{
		acknowledged: make([]int64, partitions), committed: make([]int64, partitions), attempted: make([]int64, partitions),
	}
	for partition := range partitions {
		l.committed[partition], l.attempted[partition] = -1, -1
	}
	return l
}

// acknowledge notes that the broker acknowledged record `number` at `offset`. They must be equal and come in order.
func (l *ledger) acknowledge(partition int32, number, offset int64) {
	l.Lock()
	defer l.Unlock()
	if number != l.acknowledged[partition] || offset != number {
		l.violate("partition %d: record %d was acknowledged at offset %d, after %d others", partition, number, offset,
			l.acknowledged[partition])
	}
	l.acknowledged[partition] = number + 1
}

func (l *ledger) attempt(partition int32, offset int64) {
	l.Lock()
	defer l.Unlock()
	l.attempted[partition] = max(l.attempted[partition], offset)
}

func (l *ledger) commit(offsets map[int32]int64) {
	l.Lock()
	defer l.Unlock()
	l.commits++
	for partition, offset := range offsets {
		if offset < l.committed[partition] {
			l.violate("partition %d: a member began again before %d, and committed %d", partition, l.committed[partition], offset)
		}
		l.committed[partition] = offset
	}
}

func (l *ledger) report(format string, args ...any) {
	l.Lock()
	defer l.Unlock()
	l.violate(format, args...)
}

// violate notes a broken promise; the lock is held.
func (l *ledger) violate(format string, args ...any) {
	if len(l.violations) < 20 {
		l.violations = append(l.violations, fmt.Sprintf(format, args...))
	}
}

// promises gives copies of what was promised until now.
func (l *ledger) promises() (acknowledged, committed []int64) {
	l.Lock()
	defer l.Unlock()
	return append([]int64(nil), l.acknowledged...), append([]int64(nil), l.committed...)
}

func (l *ledger) answer() answer {
	l.Lock()
	defer l.Unlock()
	state := answer{Commits: l.commits, Violations: append([]string{}, l.violations...)}
	for _, count := range l.acknowledged {
		state.Acknowledged += count
	}
	return state
}
