package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type consumersOptions struct {
	Bootstrap  string `json:"bootstrap"`
	Topic      string `json:"topic"`
	Partitions int    `json:"partitions"`
	// Groups of one member, which has all partitions.
	Groups      int     `json:"groups"`
	IdleSeconds float64 `json:"idleSeconds"`
	BrokerPid   int     `json:"brokerPid"`
	// So many members join another group at once, after all that.
	Joining int `json:"joining"`
}

// consumers runs members of the consumer protocol (KIP-848) that send heartbeats when the broker tells them to, and nothing else. It
// measures the broker with all groups at rest, and their heartbeats while many members join another group.
func consumers(ctx context.Context, argument []byte) (result, error) {
	var o consumersOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	crowd := &crowd{options: o, failed: make(chan error, 1)}
	defer crowd.wait.Wait()
	defer stop()
	measured := result{}
	w := openWindow()
	resting := make([]*consumer, o.Groups)
	for i := range resting {
		resting[i] = crowd.join(ctx, fmt.Sprintf("%s-%d", o.Topic, i), fmt.Sprintf("member-%d", i), true)
	}
	if err := crowd.settle(ctx, resting, o.Groups*o.Partitions); err != nil {
		return nil, err
	}
	measured["allStableMs"] = milliseconds(w.began)
	// Groups that have just settled are asked more often.
	time.Sleep(2 * time.Second)
	crowd.heartbeats.on.Store(true)
	if err := watchBroker(measured, o.BrokerPid, time.Duration(o.IdleSeconds*float64(time.Second))); err != nil {
		return nil, err
	}
	percentiles(measured, "heartbeat", crowd.heartbeats.take())
	if o.Joining > 0 {
		began := time.Now()
		joining := make([]*consumer, o.Joining)
		for i := range joining {
			joining[i] = crowd.join(ctx, o.Topic+"-joined", fmt.Sprintf("joining-%d", i), false)
		}
		if err := crowd.settle(ctx, joining, o.Partitions); err != nil {
			return nil, err
		}
		measured["joinedMs"] = milliseconds(began)
		percentiles(measured, "othersHeartbeat", crowd.heartbeats.take())
	}
	w.close(measured)
	return measured, nil
}

// crowd is all members of all groups.
type crowd struct {
	options    consumersOptions
	wait       sync.WaitGroup
	failed     chan error
	heartbeats times
}

type consumer struct {
	group, id string
	isTimed   bool
	epoch     int32
	assigned  atomic.Int64
	joined    atomic.Bool
}

func (c *crowd) join(ctx context.Context, group, id string, isTimed bool) *consumer {
	m := &consumer{group: group, id: id, isTimed: isTimed}
	c.wait.Go(func() {
		if err := c.run(ctx, m); err != nil && ctx.Err() == nil {
			select {
			case c.failed <- fmt.Errorf("%s of %s: %w", id, group, err):
			default:
			}
		}
	})
	return m
}

// settle waits until all have joined, and have so many partitions together.
func (c *crowd) settle(ctx context.Context, members []*consumer, partitions int) error {
	for {
		joined, assigned := 0, int64(0)
		for _, m := range members {
			if m.joined.Load() {
				joined++
			}
			assigned += m.assigned.Load()
		}
		if joined == len(members) && assigned == int64(partitions) {
			return nil
		}
		select {
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("%d of %d members, %d of %d partitions: %w", joined, len(members), assigned, partitions, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (c *crowd) run(ctx context.Context, m *consumer) error {
	connection, err := dial(c.options.Bootstrap)
	if err != nil {
		return err
	}
	defer connection.close()
	defer context.AfterFunc(ctx, connection.close)()
	if err := connection.findCoordinator(m.group); err != nil {
		return err
	}
	owned := []kmsg.ConsumerGroupHeartbeatRequestTopic{}
	isFull := true
	for {
		request := kmsg.NewPtrConsumerGroupHeartbeatRequest()
		request.Group, request.MemberID, request.MemberEpoch = m.group, m.id, m.epoch
		if isFull {
			request.RebalanceTimeoutMillis, request.SubscribedTopicNames = 60_000, []string{c.options.Topic}
			request.Topics = owned
		}
		began := time.Now()
		answer, err := connection.call(request, 0)
		if err != nil {
			return err
		}
		if m.isTimed {
			c.heartbeats.add(began)
		}
		response := answer.(*kmsg.ConsumerGroupHeartbeatResponse)
		interval := ms(int(response.HeartbeatIntervalMillis))
		switch err := kerr.ErrorForCode(response.ErrorCode); err {
		case nil:
			// What has changed hands is said with the next heartbeat, at once.
			isFull = false
			m.epoch = response.MemberEpoch
			m.joined.Store(true)
			if response.Assignment != nil {
				owned = owned[:0:0]
				count := 0
				for _, topic := range response.Assignment.Topics {
					said := kmsg.NewConsumerGroupHeartbeatRequestTopic()
					said.TopicID, said.Partitions = topic.TopicID, topic.Partitions
					owned = append(owned, said)
					count += len(topic.Partitions)
				}
				// An answer to all that it said repeats what it owns: then it is no news.
				if m.assigned.Swap(int64(count)) != int64(count) || request.Topics == nil {
					isFull, interval = true, 0
				}
			}
		case kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.CoordinatorNotAvailable:
			interval = 50 * time.Millisecond
		default:
			return err
		}
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return nil
		}
	}
}
