// A static member keeps its partitions over a restart: give each instance a name of its own, and start it again before
// its session ends. Nobody else notices.
package main

import (
	"context"
	"flag"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	server := flag.String("server", "127.0.0.1:9092", "bootstrap server")
	group := flag.String("group", "my-group", "consumer group")
	topic := flag.String("topic", "events", "topic")
	instance := flag.String("instance", "consumer-1", "name of this instance, unique in the group")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	client, err := kgo.NewClient(
		kgo.SeedBrokers(*server),
		kgo.ConsumerGroup(*group),
		kgo.ConsumeTopics(*topic),
		kgo.InstanceID(*instance),
		// The time a restart may take.
		kgo.SessionTimeout(60*time.Second),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, assigned map[string][]int32) {
			fmt.Println(*instance, "assigned:", assigned[*topic])
		}),
	)
	if err != nil {
		panic(err)
	}
	// Commits, but does not leave: the partitions wait for the next start.
	defer client.Close()

	for ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			fmt.Printf("partition=%d offset=%d value=%s\n", r.Partition, r.Offset, r.Value)
		})
	}
}
