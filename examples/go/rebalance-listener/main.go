// Keeps state for each partition: sets it up when a partition comes, saves it and commits before the partition goes,
// and drops it when the partition was lost, for then another member may have it already.
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

	seen := map[int32]int{}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(*server),
		kgo.ConsumerGroup(*group),
		kgo.ConsumeTopics(*topic),
		kgo.DisableAutoCommit(),
		// Callbacks wait until a poll's records are processed, so that no lock is needed for the state.
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, assigned map[string][]int32) {
			for _, partition := range assigned[*topic] {
				seen[partition] = 0
				fmt.Printf("partition %d assigned\n", partition)
			}
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, revoked map[string][]int32) {
			if err := client.CommitUncommittedOffsets(ctx); err != nil {
				fmt.Println("commit failed:", err)
			}
			for _, partition := range revoked[*topic] {
				fmt.Printf("partition %d revoked after %d records\n", partition, seen[partition])
				delete(seen, partition)
			}
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
			for _, partition := range lost[*topic] {
				fmt.Printf("partition %d lost\n", partition)
				delete(seen, partition)
			}
		}),
	)
	if err != nil {
		panic(err)
	}
	defer client.CloseAllowingRebalance()

	for ctx.Err() == nil {
		client.PollRecords(ctx, 100).EachRecord(func(r *kgo.Record) { seen[r.Partition]++ })
		if err := client.CommitUncommittedOffsets(context.Background()); err != nil {
			fmt.Println("commit failed:", err)
		}
		client.AllowRebalance()
	}
}
