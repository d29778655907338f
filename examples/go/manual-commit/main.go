// Commits only after the records were processed: after a crash they are read again, never skipped (at least once).
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
		kgo.DisableAutoCommit(),
		// No rebalance may come between processing and commit: it would give the partitions to another member.
		kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		panic(err)
	}
	defer client.CloseAllowingRebalance()

	for ctx.Err() == nil {
		records := client.PollRecords(ctx, 100).Records()
		for _, r := range records {
			fmt.Printf("processed partition=%d offset=%d value=%s\n", r.Partition, r.Offset, r.Value)
		}
		// Not ctx: what is processed gets committed even when the program is asked to stop meanwhile.
		if err := client.CommitRecords(context.Background(), records...); err != nil {
			fmt.Println("commit failed:", err)
		} else if len(records) > 0 {
			fmt.Printf("committed %d records\n", len(records))
		}
		client.AllowRebalance()
	}
}
