package main

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type groupOptions struct {
	Bootstrap  string `json:"bootstrap"`
	Topic      string `json:"topic"`
	Partitions int    `json:"partitions"`
	Group      string `json:"group"`
	Members    int    `json:"members"`
	// cooperative-sticky rather than range.
	Cooperative bool `json:"cooperative"`
	// The consumer protocol (KIP-848): the broker assigns, and says when members send heartbeats.
	Consumer    bool `json:"consumer"`
	HeartbeatMs int  `json:"heartbeatMs"`
}

// group measures the time until all members own their share of the partitions; then that after one left; after one joined.
func group(ctx context.Context, argument []byte) (result, error) {
	var o groupOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	table := &ownership{owned: map[int]map[int32]bool{}, changed: make(chan struct{}, 1)}
	members := make([]*kgo.Client, o.Members)
	measured := result{}
	w := openWindow()
	for i := range members {
		var err error
		if members[i], err = joinGroup(ctx, o, i, table); err != nil {
			return nil, err
		}
	}
	began := w.began
	if err := table.settle(ctx, o); err != nil {
		return nil, err
	}
	measured["allJoinedMs"] = milliseconds(began)

	// Of a group at rest: what the last rebalance left to do is done.
	rest(o.HeartbeatMs)
	if err := table.settle(ctx, o); err != nil {
		return nil, err
	}
	began = time.Now()
	table.forget(o.Members - 1)
	members[o.Members-1].Close()
	if err := table.settle(ctx, o); err != nil {
		return nil, err
	}
	measured["oneLeftMs"] = milliseconds(began)

	rest(o.HeartbeatMs)
	began = time.Now()
	last, err := joinGroup(ctx, o, o.Members, table)
	if err != nil {
		return nil, err
	}
	if err := table.settle(ctx, o); err != nil {
		return nil, err
	}
	measured["oneJoinedMs"] = milliseconds(began)
	w.close(measured)

	members[o.Members-1] = last
	var closing sync.WaitGroup
	for _, member := range members {
		closing.Go(member.Close)
	}
	closing.Wait()
	return measured, nil
}

func joinGroup(ctx context.Context, o groupOptions, index int, table *ownership) (*kgo.Client, error) {
	balancer := kgo.RangeBalancer()
	if o.Cooperative {
		balancer = kgo.CooperativeStickyBalancer()
	}
	options := []kgo.Opt{}
	if o.Consumer {
		balancer = kgo.StickyBalancer()
		options = append(options, kgo.ServerSideBalancer())
	}
	table.add(index)
	client, err := newClient(o.Bootstrap, append(options,
		kgo.ConsumerGroup(o.Group),
		kgo.ConsumeTopics(o.Topic),
		kgo.Balancers(balancer),
		kgo.HeartbeatInterval(ms(o.HeartbeatMs)),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			table.assign(index, partitions[o.Topic], true)
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			table.assign(index, partitions[o.Topic], false)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			table.assign(index, partitions[o.Topic], false)
		}),
	)...)
	if err != nil {
		return nil, err
	}
	go func() {
		for !client.PollFetches(ctx).IsClientClosed() && ctx.Err() == nil {
		}
	}()
	return client, nil
}

// ownership is who owns which partition, as the members were told.
type ownership struct {
	lock    sync.Mutex
	owned   map[int]map[int32]bool
	changed chan struct{}
}

func (t *ownership) add(member int) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.owned[member] = map[int32]bool{}
}

func (t *ownership) forget(member int) {
	t.lock.Lock()
	defer t.lock.Unlock()
	delete(t.owned, member)
}

func (t *ownership) assign(member int, partitions []int32, isOwner bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if owned := t.owned[member]; owned != nil {
		for _, partition := range partitions {
			if isOwner {
				owned[partition] = true
			} else {
				delete(owned, partition)
			}
		}
	}
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// settle waits until every partition has one owner and no member has fewer than its share.
func (t *ownership) settle(ctx context.Context, o groupOptions) error {
	for !t.isSettled(o.Partitions) {
		select {
		case <-t.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (t *ownership) isSettled(partitions int) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	owners := map[int32]int{}
	for _, owned := range t.owned {
		if len(owned) < partitions/len(t.owned) {
			return false
		}
		for partition := range owned {
			owners[partition]++
			if owners[partition] > 1 {
				return false
			}
		}
	}
	return len(owners) == partitions
}

// rest waits until each member has heard of the last rebalance, and done what that left to do.
func rest(heartbeatMs int) { time.Sleep(ms(heartbeatMs) * 5 / 4) }
