package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// times are how long requests of many members took, while it is on.
type times struct {
	on   atomic.Bool
	lock sync.Mutex
	took []time.Duration
}

func (t *times) add(began time.Time) {
	if !t.on.Load() {
		return
	}
	took := time.Since(began)
	t.lock.Lock()
	t.took = append(t.took, took)
	t.lock.Unlock()
}

// take gives those since the last call.
func (t *times) take() []time.Duration {
	t.lock.Lock()
	defer t.lock.Unlock()
	took := t.took
	t.took = nil
	return took
}
