package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type groupsOptions struct {
	Bootstrap   string  `json:"bootstrap"`
	Topic       string  `json:"topic"`
	Partitions  int     `json:"partitions"`
	Groups      int     `json:"groups"`
	Members     int     `json:"members"`
	HeartbeatMs int     `json:"heartbeatMs"`
	IdleSeconds float64 `json:"idleSeconds"`
	BrokerPid   int     `json:"brokerPid"`
	// Whether, after all that, the last member of the first group leaves and another one joins.
	Change bool `json:"change"`
	// Part of the groups' names; default the topic.
	Name string `json:"name"`
}

// groups runs many members that only join, sync and heartbeat, as Java's consumer does it, and measures the time until each
// group is stable with all its members, and then the broker at rest.
func groups(ctx context.Context, argument []byte) (result, error) {
	var o groupsOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = o.Topic
	}
	ctx, stop := context.WithCancel(ctx)
	fleet := &fleet{options: o, failed: make(chan error, 1)}
	defer fleet.wait.Wait()
	defer stop()
	measured := result{}
	w := openWindow()
	sets := make([]*groupSet, o.Groups)
	for i := range sets {
		sets[i] = &groupSet{name: fmt.Sprintf("%s-%d", o.Name, i), synced: map[int]int32{}, changed: make(chan struct{}, 1)}
	}
	// The first members of all groups, then the second ones: as a fleet starts.
	last := make([]*member, o.Groups)
	for m := range o.Members {
		for i, set := range sets {
			last[i] = fleet.join(ctx, set, m)
		}
	}
	for _, set := range sets {
		if err := fleet.settle(ctx, set, o.Members, 0); err != nil {
			return nil, err
		}
	}
	measured["allStableMs"] = milliseconds(w.began)
	measured["joins"] = float64(fleet.joins.Load())
	rest(o.HeartbeatMs)
	if o.IdleSeconds > 0 {
		fleet.heartbeats.on.Store(true)
		if err := watchBroker(measured, o.BrokerPid, time.Duration(o.IdleSeconds*float64(time.Second))); err != nil {
			return nil, err
		}
		fleet.heartbeats.on.Store(false)
		percentiles(measured, "heartbeat", fleet.heartbeats.take())
	}
	if o.Change {
		before := sets[0].generation()
		began := time.Now()
		last[0].leave()
		if err := fleet.settle(ctx, sets[0], o.Members-1, before); err != nil {
			return nil, err
		}
		measured["oneLeftMs"] = milliseconds(began)
		rest(o.HeartbeatMs)
		before = sets[0].generation()
		began = time.Now()
		fleet.join(ctx, sets[0], o.Members)
		if err := fleet.settle(ctx, sets[0], o.Members, before); err != nil {
			return nil, err
		}
		measured["oneJoinedMs"] = milliseconds(began)
	}
	w.close(measured)
	return measured, nil
}

// fleet is all members of all groups.
type fleet struct {
	options    groupsOptions
	wait       sync.WaitGroup
	failed     chan error
	joins      atomic.Int64
	heartbeats times
}

// groupSet is one group: the generation in which each of its members has its assignment.
type groupSet struct {
	name    string
	lock    sync.Mutex
	synced  map[int]int32
	changed chan struct{}
}

type member struct {
	fleet  *fleet
	group  *groupSet
	index  int
	id     string
	leaves chan struct{}
	left   chan struct{}
}

func (f *fleet) join(ctx context.Context, group *groupSet, index int) *member {
	m := &member{fleet: f, group: group, index: index, leaves: make(chan struct{}), left: make(chan struct{})}
	f.wait.Go(func() {
		defer close(m.left)
		if err := m.run(ctx); err != nil && ctx.Err() == nil {
			select {
			case f.failed <- fmt.Errorf("member %d of %s: %w", index, group.name, err):
			default:
			}
		}
	})
	return m
}

func (m *member) leave() {
	close(m.leaves)
	<-m.left
}

// settle waits until so many members have their assignments of one generation, a later one than before.
func (f *fleet) settle(ctx context.Context, group *groupSet, members int, before int32) error {
	for !group.isSettled(members, before) {
		select {
		case <-group.changed:
		case err := <-f.failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("%s: %d of %d members: %w", group.name, len(group.synced), members, ctx.Err())
		}
	}
	return nil
}

func (g *groupSet) isSettled(members int, before int32) bool {
	generation := g.generation()
	g.lock.Lock()
	defer g.lock.Unlock()
	if len(g.synced) != members || generation <= before {
		return false
	}
	for _, other := range g.synced {
		if other != generation {
			return false
		}
	}
	return true
}

// generation is the latest in which a member has its assignment.
func (g *groupSet) generation() int32 {
	g.lock.Lock()
	defer g.lock.Unlock()
	latest := int32(0)
	for _, generation := range g.synced {
		latest = max(latest, generation)
	}
	return latest
}

// record says in which generation a member has its assignment; -1 = in none.
func (g *groupSet) record(member int, generation int32) {
	g.lock.Lock()
	if generation < 0 {
		delete(g.synced, member)
	} else {
		g.synced[member] = generation
	}
	g.lock.Unlock()
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

func (m *member) run(ctx context.Context) error {
	connection, err := dial(m.fleet.options.Bootstrap)
	if err != nil {
		return err
	}
	defer connection.close()
	stop := context.AfterFunc(ctx, connection.close)
	defer stop()
	if err := connection.findCoordinator(m.group.name); err != nil {
		return err
	}
	for {
		generation, err := m.joinAndSync(ctx, connection)
		if err != nil {
			return err
		}
		m.group.record(m.index, generation)
		isLeaving, err := m.heartbeat(ctx, connection, generation)
		if err != nil || isLeaving {
			return err
		}
		m.group.record(m.index, -1)
	}
}

// joinAndSync joins until the member has an assignment.
func (m *member) joinAndSync(ctx context.Context, connection *wire) (int32, error) {
	for {
		m.fleet.joins.Add(1)
		request := kmsg.NewPtrJoinGroupRequest()
		request.Group, request.MemberID, request.ProtocolType = m.group.name, m.id, "consumer"
		request.SessionTimeoutMillis, request.RebalanceTimeoutMillis = 45_000, 60_000
		protocol := kmsg.NewJoinGroupRequestProtocol()
		protocol.Name, protocol.Metadata = "range", subscription(m.fleet.options.Topic)
		request.Protocols = []kmsg.JoinGroupRequestProtocol{protocol}
		answer, err := connection.call(request, 5)
		if err != nil {
			return -1, err
		}
		joined := answer.(*kmsg.JoinGroupResponse)
		if err := kerr.ErrorForCode(joined.ErrorCode); err != nil {
			switch err {
			case kerr.MemberIDRequired:
				m.id = joined.MemberID
			case kerr.UnknownMemberID:
				m.id = ""
			case kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.CoordinatorNotAvailable:
				time.Sleep(retryBackoff)
			case kerr.RebalanceInProgress:
			default:
				return -1, err
			}
			continue
		}
		m.id = joined.MemberID
		generation, err := m.sync(connection, joined)
		switch err {
		case nil:
			return generation, nil
		case kerr.RebalanceInProgress, kerr.IllegalGeneration:
		case kerr.UnknownMemberID:
			m.id = ""
		default:
			return -1, err
		}
	}
}

func (m *member) sync(connection *wire, joined *kmsg.JoinGroupResponse) (int32, error) {
	request := kmsg.NewPtrSyncGroupRequest()
	request.Group, request.Generation, request.MemberID = m.group.name, joined.Generation, m.id
	for i, other := range joined.Members {
		assignment := kmsg.NewSyncGroupRequestGroupAssignment()
		assignment.MemberID = other.MemberID
		assignment.MemberAssignment = m.share(i, len(joined.Members))
		request.GroupAssignment = append(request.GroupAssignment, assignment)
	}
	answer, err := connection.call(request, 3)
	if err != nil {
		return -1, err
	}
	return joined.Generation, kerr.ErrorForCode(answer.(*kmsg.SyncGroupResponse).ErrorCode)
}

// heartbeat keeps the member in its generation until that ends, or until it leaves.
func (m *member) heartbeat(ctx context.Context, connection *wire, generation int32) (bool, error) {
	timer := time.NewTicker(ms(m.fleet.options.HeartbeatMs))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return true, nil
		case <-m.leaves:
			request := kmsg.NewPtrLeaveGroupRequest()
			leaving := kmsg.NewLeaveGroupRequestMember()
			leaving.MemberID = m.id
			request.Group, request.Members = m.group.name, []kmsg.LeaveGroupRequestMember{leaving}
			m.group.record(m.index, -1)
			_, err := connection.call(request, 3)
			return true, err
		}
		began := time.Now()
		request := kmsg.NewPtrHeartbeatRequest()
		request.Group, request.Generation, request.MemberID = m.group.name, generation, m.id
		answer, err := connection.call(request, 3)
		if err != nil {
			return false, err
		}
		m.fleet.heartbeats.add(began)
		switch err := kerr.ErrorForCode(answer.(*kmsg.HeartbeatResponse).ErrorCode); err {
		case nil:
		case kerr.RebalanceInProgress, kerr.IllegalGeneration:
			return false, nil
		case kerr.UnknownMemberID:
			m.id = ""
			return false, nil
		default:
			return false, err
		}
	}
}

func subscription(topic string) []byte {
	metadata := kmsg.NewConsumerMemberMetadata()
	metadata.Version = 0
	metadata.Topics = []string{topic}
	return metadata.AppendTo(nil)
}

// share is what the member at an index of so many gets.
func (m *member) share(index, members int) []byte {
	assignment := kmsg.NewConsumerMemberAssignment()
	var partitions []int32
	for p := index; p < m.fleet.options.Partitions; p += members {
		partitions = append(partitions, int32(p))
	}
	if len(partitions) > 0 {
		topic := kmsg.NewConsumerMemberAssignmentTopic()
		topic.Topic, topic.Partitions = m.fleet.options.Topic, slices.Clip(partitions)
		assignment.Topics = append(assignment.Topics, topic)
	}
	return assignment.AppendTo(nil)
}
