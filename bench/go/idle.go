package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// idle opens connections that ask what a client asks first, and then watches the broker while they say nothing.
func idle(_ context.Context, argument []byte) (result, error) {
	var o struct {
		Bootstrap   string  `json:"bootstrap"`
		Connections int     `json:"connections"`
		BrokerPid   int     `json:"brokerPid"`
		Seconds     float64 `json:"seconds"`
	}
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	for range o.Connections {
		connection, err := dial(o.Bootstrap)
		if err != nil {
			return nil, err
		}
		defer connection.close()
		if _, err := connection.call(kmsg.NewPtrApiVersionsRequest(), 2); err != nil {
			return nil, err
		}
		metadata := kmsg.NewPtrMetadataRequest()
		metadata.Topics = []kmsg.MetadataRequestTopic{}
		if _, err := connection.call(metadata, 8); err != nil {
			return nil, err
		}
	}
	// What the requests left to do is done.
	time.Sleep(time.Second)
	measured := result{}
	return measured, watchBroker(measured, o.BrokerPid, time.Duration(o.Seconds*float64(time.Second)))
}
