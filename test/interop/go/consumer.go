package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type consumerOptions struct {
	Bootstrap            string   `json:"bootstrap"`
	GroupID              string   `json:"groupId"`
	Topics               []string `json:"topics"`
	Protocol             string   `json:"protocol"`
	Assignor             string   `json:"assignor"`
	GroupInstanceID      string   `json:"groupInstanceId"`
	Commit               string   `json:"commit"`
	AutoCommitIntervalMs int      `json:"autoCommitIntervalMs"`
	OffsetReset          string   `json:"offsetReset"`
	SessionTimeoutMs     int      `json:"sessionTimeoutMs"`
	HeartbeatIntervalMs  int      `json:"heartbeatIntervalMs"`
	MaxPollIntervalMs    int      `json:"maxPollIntervalMs"`
	ProcessingDelayMs    int      `json:"processingDelayMs"`
	Stall                struct {
		Value string `json:"value"`
		ForMs int    `json:"forMs"`
	} `json:"stall"`
}

const maxPollRecords = 100

var balancers = map[string]func() kgo.GroupBalancer{
	"range":              kgo.RangeBalancer,
	"roundrobin":         kgo.RoundRobinBalancer,
	"sticky":             kgo.StickyBalancer,
	"cooperative-sticky": kgo.CooperativeStickyBalancer,
}

func consume(ctx context.Context, argument []byte) error {
	var o consumerOptions
	if err := decode(argument, &o); err != nil {
		return err
	}
	offset := kgo.NewOffset().AtStart()
	if o.OffsetReset == "latest" {
		offset = kgo.NewOffset().AtEnd()
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(o.Bootstrap),
		kgo.ClientID("franz-go"),
		kgo.ConsumerGroup(o.GroupID),
		kgo.ConsumeTopics(o.Topics...),
		kgo.ConsumeResetOffset(offset),
		kgo.SessionTimeout(ms(o.SessionTimeoutMs)),
		kgo.HeartbeatInterval(ms(o.HeartbeatIntervalMs)),
		// franz-go has no max.poll.interval of its own: the rebalance timeout is the nearest that it has.
		kgo.RebalanceTimeout(ms(o.MaxPollIntervalMs)),
		kgo.FetchMaxWait(250 * time.Millisecond),
		// A batch is processed and committed before a rebalance takes its partitions away.
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, assigned map[string][]int32) {
			emit("assigned", event{"partitions": names(assigned)})
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, revoked map[string][]int32) {
			commit(ctx, client, o)
			emit("revoked", event{"partitions": names(revoked)})
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
			emit("lost", event{"partitions": names(lost)})
		}),
	}
	if o.Assignor != "" {
		balancer, ok := balancers[o.Assignor]
		if !ok {
			return fmt.Errorf("unknown assignor %q", o.Assignor)
		}
		options = append(options, kgo.Balancers(balancer()))
	} else if o.Protocol == "consumer" {
		// It stands for the broker's assignor `uniform`.
		options = append(options, kgo.Balancers(kgo.StickyBalancer()))
	}
	if o.Protocol == "consumer" {
		options = append(options, kgo.ServerSideBalancer())
	}
	if o.GroupInstanceID != "" {
		options = append(options, kgo.InstanceID(o.GroupInstanceID))
	}
	if o.Commit == "auto" {
		options = append(options, kgo.AutoCommitInterval(ms(o.AutoCommitIntervalMs)), kgo.AutoCommitCallback(onCommitted))
	} else {
		options = append(options, kgo.DisableAutoCommit())
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.CloseAllowingRebalance()
	for ; ctx.Err() == nil; client.AllowRebalance() {
		fetches := client.PollRecords(ctx, maxPollRecords)
		fetches.EachError(func(topic string, partition int32, err error) {
			if !errors.Is(err, context.Canceled) {
				emitError(fmt.Errorf("fetch %s-%d: %w", topic, partition, err))
			}
		})
		for _, record := range fetches.Records() {
			emit("record", event{
				"topic": record.Topic, "partition": record.Partition, "offset": record.Offset,
				"key": text(record.Key), "value": text(record.Value),
			})
			time.Sleep(ms(o.ProcessingDelayMs))
			if o.Stall.ForMs > 0 && string(record.Value) == o.Stall.Value {
				time.Sleep(ms(o.Stall.ForMs))
				o.Stall.ForMs = 0
			}
		}
		if o.Commit == "manual" {
			// Not ctx: what was processed is committed even when the signal has come meanwhile.
			commit(context.Background(), client, o)
		}
	}
	return nil
}

// commit commits all that was polled. No poll is under way, so that all of it has been processed.
func commit(ctx context.Context, client *kgo.Client, o consumerOptions) {
	offsets := map[string]int64{}
	for topic, partitions := range client.UncommittedOffsets() {
		for partition, at := range partitions {
			offsets[name(topic, partition)] = at.Offset
		}
	}
	if o.Commit == "none" || len(offsets) == 0 {
		return
	}
	if err := client.CommitUncommittedOffsets(ctx); err != nil {
		emitError(fmt.Errorf("commit: %w", err))
		return
	}
	emit("committed", event{"offsets": offsets})
}

func onCommitted(_ *kgo.Client, request *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			emitError(fmt.Errorf("auto commit: %w", err))
		}
		return
	}
	failed := map[string]bool{}
	for _, topic := range response.Topics {
		for _, partition := range topic.Partitions {
			failed[name(topic.Topic, partition.Partition)] = partition.ErrorCode != 0
		}
	}
	offsets := map[string]int64{}
	for _, topic := range request.Topics {
		for _, partition := range topic.Partitions {
			if key := name(topic.Topic, partition.Partition); !failed[key] {
				offsets[key] = partition.Offset
			}
		}
	}
	emit("committed", event{"offsets": offsets})
}

func names(partitions map[string][]int32) []string {
	all := []string{}
	for topic, numbers := range partitions {
		for _, number := range numbers {
			all = append(all, name(topic, number))
		}
	}
	return all
}

func name(topic string, partition int32) string { return fmt.Sprintf("%s-%d", topic, partition) }

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func text(bytes []byte) any {
	if bytes == nil {
		return nil
	}
	return string(bytes)
}
