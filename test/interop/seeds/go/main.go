// The program of the seed document about franz-go, as printed; around it stands only what a Go program needs.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(os.Args[1]), // "localhost:9092" in the document
		kgo.ConsumerGroup("my-group"),
		kgo.ConsumeTopics("events"),
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()

	for {
		fetches := client.PollFetches(context.Background())
		fetches.EachRecord(func(r *kgo.Record) {
			fmt.Printf("partition=%d offset=%d value=%s\n", r.Partition, r.Offset, string(r.Value))
		})
		// franz-go auto-commits by default
	}
}
