package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

type commitOptions struct {
	Bootstrap  string  `json:"bootstrap"`
	Topic      string  `json:"topic"`
	Partitions int     `json:"partitions"`
	Group      string  `json:"group"`
	Clients    int     `json:"clients"`
	Seconds    float64 `json:"seconds"`
}

// commit has clients commit all partitions' offsets, each for a group of its own, the next when the last is answered.
func commit(ctx context.Context, argument []byte) (result, error) {
	var o commitOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	var answered atomic.Int64
	errs := make(chan error, o.Clients)
	running, stop := context.WithCancel(ctx)
	var committing sync.WaitGroup
	for i := range o.Clients {
		committing.Go(func() {
			if err := commitUntil(ctx, running, o, fmt.Sprintf("%s-%d", o.Group, i), &answered); err != nil {
				errs <- err
			}
		})
	}
	time.Sleep(2 * warmUp)
	measured := result{}
	before := answered.Load()
	w := openWindow()
	time.Sleep(time.Duration(o.Seconds * float64(time.Second)))
	count := answered.Load() - before
	took := w.close(measured)
	stop()
	committing.Wait()
	select {
	case err := <-errs:
		return nil, err
	default:
	}
	measured["commitsPerSecond"] = float64(count) / took.Seconds()
	return measured, nil
}

func commitUntil(ctx, running context.Context, o commitOptions, group string, answered *atomic.Int64) error {
	// Topics are said by name up to version 9; whoever says them by id has to learn the ids first.
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(kmsg.OffsetCommit.Int16(), 9)
	client, err := newClient(o.Bootstrap, kgo.MaxVersions(versions))
	if err != nil {
		return err
	}
	defer client.Close()
	for offset := int64(1); running.Err() == nil; offset++ {
		request := kmsg.NewPtrOffsetCommitRequest()
		request.Group, request.Generation = group, -1
		topic := kmsg.NewOffsetCommitRequestTopic()
		topic.Topic = o.Topic
		for i := range o.Partitions {
			partition := kmsg.NewOffsetCommitRequestTopicPartition()
			partition.Partition, partition.Offset = int32(i), offset
			topic.Partitions = append(topic.Partitions, partition)
		}
		request.Topics = append(request.Topics, topic)
		response, err := request.RequestWith(ctx, client)
		if err != nil {
			return err
		}
		for _, topic := range response.Topics {
			for _, partition := range topic.Partitions {
				if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
					return fmt.Errorf("commit of %s: %w", group, err)
				}
			}
		}
		answered.Add(1)
	}
	return nil
}
