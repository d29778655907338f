// Takes part in incremental rebalances: when members come or go, only partitions that move stop.
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
		// Also the default. With it the callbacks name only the partitions that came or went.
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, came map[string][]int32) {
			fmt.Println("came:", came[*topic])
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, went map[string][]int32) {
			// With a callback of one's own, committing is its duty.
			if err := client.CommitUncommittedOffsets(ctx); err != nil {
				fmt.Println("commit failed:", err)
			}
			fmt.Println("went:", went[*topic])
		}),
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()

	for ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			fmt.Printf("partition=%d offset=%d value=%s\n", r.Partition, r.Offset, r.Value)
		})
	}
}
