package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const tick = 10 * time.Millisecond

var filler = strings.Repeat("abcdefghijklmnopqrstuvwxyz", 30)

// value is all that a record can be, given its place: its partition, its number, and a filling that depends on it.
func value(partition int32, number int64) string {
	begin, length := number%26, 100+number*7919%500
	return fmt.Sprintf("%d:%d:%s", partition, number, filler[begin:begin+length])
}

// produce writes to all partitions at a steady pace until ctx ends, then waits for what is in flight. While the broker
// is away the buffer fills and it waits.
func produce(ctx context.Context, bootstrap, topic string, codec kgo.CompressionCodec, recordsPerSecond int, l *ledger) {
	client, err := kgo.NewClient(options(bootstrap,
		kgo.DefaultProduceTopic(topic),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(codec),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(2_000),
		kgo.ProducerLinger(2*time.Millisecond),
		// A gap in its sequence is what this test looks for: no new producer id that would hide it.
		kgo.StopProducerOnDataLossDetected(),
	)...)
	check(err)
	defer client.Close()
	next := make([]int64, len(l.acknowledged))
	perTick := recordsPerSecond * int(tick) / int(time.Second)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for turn := 0; ctx.Err() == nil; {
		<-ticker.C
		for range perTick {
			partition := int32(turn % len(next))
			turn++
			number := next[partition]
			next[partition]++
			record := &kgo.Record{Partition: partition, Value: []byte(value(partition, number))}
			client.Produce(context.Background(), record, func(record *kgo.Record, err error) {
				if err != nil {
					l.report("partition %d: record %d failed: %v", partition, number, err)
					return
				}
				l.acknowledge(record.Partition, number, record.Offset)
			})
		}
	}
	check(client.Flush(context.Background()))
}

// consume is one member of the group: it commits after each poll, and tells the ledger what the broker confirmed.
func consume(ctx context.Context, bootstrap, topic, group string, l *ledger) {
	client, err := kgo.NewClient(options(bootstrap,
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.SessionTimeout(30*time.Second),
		kgo.FetchMaxWait(200*time.Millisecond),
	)...)
	check(err)
	defer client.CloseAllowingRebalance()
	for ; ctx.Err() == nil; client.AllowRebalance() {
		records := client.PollRecords(ctx, 500).Records()
		offsets := map[int32]int64{}
		for _, record := range records {
			if string(record.Value) != value(record.Partition, record.Offset) {
				l.report("partition %d: a consumer read %.40q at offset %d", record.Partition, record.Value, record.Offset)
			}
			offsets[record.Partition] = record.Offset + 1
		}
		if len(records) == 0 {
			continue
		}
		for partition, offset := range offsets {
			l.attempt(partition, offset)
		}
		// A commit that fails is not a promise. Nor is one that is cut off by the end of the test.
		if err := client.CommitRecords(ctx, records...); err == nil {
			l.commit(offsets)
		} else if !errors.Is(err, context.Canceled) {
			continue
		}
	}
}
