package main

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type topicOptions struct {
	Bootstrap  string   `json:"bootstrap"`
	Topics     []string `json:"topics"`
	Partitions int32    `json:"partitions"`
}

// create creates topics and returns when each partition has a leader.
func create(ctx context.Context, argument []byte) (result, error) {
	var o topicOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	client, err := newClient(o.Bootstrap)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	request := kmsg.NewPtrCreateTopicsRequest()
	request.TimeoutMillis = 30_000
	for _, name := range o.Topics {
		topic := kmsg.NewCreateTopicsRequestTopic()
		topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, o.Partitions, 1
		request.Topics = append(request.Topics, topic)
	}
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return nil, err
	}
	for _, topic := range response.Topics {
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return nil, err
		}
	}
	for {
		metadata := kmsg.NewPtrMetadataRequest()
		for _, name := range o.Topics {
			topic := kmsg.NewMetadataRequestTopic()
			topic.Topic = kmsg.StringPtr(name)
			metadata.Topics = append(metadata.Topics, topic)
		}
		response, err := metadata.RequestWith(ctx, client)
		if err != nil {
			return nil, err
		}
		if allLed(response, o.Partitions) {
			return result{}, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func allLed(response *kmsg.MetadataResponse, partitions int32) bool {
	for _, topic := range response.Topics {
		if topic.ErrorCode != 0 || int32(len(topic.Partitions)) < partitions {
			return false
		}
		for _, partition := range topic.Partitions {
			if partition.ErrorCode != 0 || partition.Leader < 0 {
				return false
			}
		}
	}
	return true
}

func remove(ctx context.Context, argument []byte) (result, error) {
	var o topicOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	client, err := newClient(o.Bootstrap)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	request := kmsg.NewPtrDeleteTopicsRequest()
	request.TimeoutMillis = 30_000
	for _, name := range o.Topics {
		topic := kmsg.NewDeleteTopicsRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		request.Topics = append(request.Topics, topic)
	}
	// Before version 6 the names are a list of their own.
	request.TopicNames = o.Topics
	_, err = request.RequestWith(ctx, client)
	return result{}, err
}
