package main

import (
	"context"
	"math/rand"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// lookup asks for the offsets of random timestamps, one after the other, each of another partition.
func lookup(_ context.Context, argument []byte) (result, error) {
	var o struct {
		Bootstrap  string `json:"bootstrap"`
		Topic      string `json:"topic"`
		Partitions int    `json:"partitions"`
		Lookups    int    `json:"lookups"`
		FromMs     int64  `json:"fromMs"`
		ToMs       int64  `json:"toMs"`
	}
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	connection, err := dial(o.Bootstrap)
	if err != nil {
		return nil, err
	}
	defer connection.close()
	random := rand.New(rand.NewSource(1))
	measured := result{}
	var latencies []time.Duration
	for i := range o.Lookups {
		request := kmsg.NewPtrListOffsetsRequest()
		topic := kmsg.NewListOffsetsRequestTopic()
		topic.Topic = o.Topic
		partition := kmsg.NewListOffsetsRequestTopicPartition()
		partition.Partition = int32(i % o.Partitions)
		partition.Timestamp = o.FromMs + random.Int63n(o.ToMs-o.FromMs)
		topic.Partitions = append(topic.Partitions, partition)
		request.Topics = append(request.Topics, topic)
		began := time.Now()
		answer, err := connection.call(request, 4)
		if err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(began))
		for _, topic := range answer.(*kmsg.ListOffsetsResponse).Topics {
			for _, partition := range topic.Partitions {
				if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
					return nil, err
				}
			}
		}
	}
	percentiles(measured, "lookup", latencies)
	return measured, nil
}
