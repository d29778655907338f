// Reads a topic as a member of a group. franz-go commits what was polled every five seconds and at Close.
package main

import (
	"context"
	"flag"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	server := flag.String("server", "127.0.0.1:9092", "bootstrap server")
	group := flag.String("group", "my-group", "consumer group")
	topic := flag.String("topic", "events", "topic")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	client, err := kgo.NewClient(
		kgo.SeedBrokers(*server),
		kgo.ConsumerGroup(*group),
		kgo.ConsumeTopics(*topic),
	)
	if err != nil {
		panic(err)
	}
	// Commits, leaves the group and closes the connections.
	defer client.Close()

	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		fetches.EachError(func(topic string, partition int32, err error) {
			if ctx.Err() == nil {
				fmt.Printf("error: %s-%d: %v\n", topic, partition, err)
			}
		})
		fetches.EachRecord(func(r *kgo.Record) {
			fmt.Printf("partition=%d offset=%d value=%s\n", r.Partition, r.Offset, r.Value)
		})
	}
}
