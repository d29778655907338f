package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// verify compares what the broker holds now with all that it had acknowledged before, and gives the records read.
func verify(bootstrap, topic, group string, l *ledger) int64 {
	acknowledged, committed := l.promises()
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	client, err := kgo.NewClient(options(bootstrap)...)
	check(err)
	defer client.Close()
	admin := kadm.NewClient(client)

	offsets, err := admin.FetchOffsetsForTopics(ctx, group, topic)
	check(err)
	l.Lock()
	attempted := append([]int64(nil), l.attempted...)
	l.Unlock()
	for partition, promised := range committed {
		found, _ := offsets.Lookup(topic, int32(partition))
		if found.At < promised {
			l.report("partition %d: the commit of %d was acknowledged, now it is %d", partition, promised, found.At)
		}
		if found.At > attempted[partition] {
			l.report("partition %d: the commit is %d, but nobody committed more than %d", partition, found.At, attempted[partition])
		}
	}

	ends, err := admin.ListEndOffsets(ctx, topic)
	check(err)
	for partition, promised := range acknowledged {
		end, _ := ends.Lookup(topic, int32(partition))
		if end.Offset < promised {
			l.report("partition %d: %d records were acknowledged, it ends at %d", partition, promised, end.Offset)
		}
		acknowledged[partition] = end.Offset
	}
	return readAll(ctx, bootstrap, topic, acknowledged, l)
}

// readAll reads each partition from its start to its end: at each offset the record that belongs there, nothing else.
func readAll(ctx context.Context, bootstrap, topic string, ends []int64, l *ledger) int64 {
	from := map[int32]kgo.Offset{}
	next := make([]int64, len(ends))
	var missing, total int64
	for partition, end := range ends {
		from[int32(partition)] = kgo.NewOffset().At(0)
		missing += end
	}
	client, err := kgo.NewClient(options(bootstrap,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.FetchMaxWait(100*time.Millisecond),
	)...)
	check(err)
	defer client.Close()
	for missing > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			l.report("%d records could not be read within a minute", missing)
			return total
		}
		fetches.EachError(func(_ string, partition int32, err error) { l.report("reading partition %d: %v", partition, err) })
		fetches.EachRecord(func(record *kgo.Record) {
			partition := record.Partition
			if record.Offset != next[partition] {
				l.report("partition %d: offset %d follows %d", partition, record.Offset, next[partition]-1)
			}
			if string(record.Value) != value(partition, record.Offset) {
				l.report("partition %d: offset %d holds %.40q", partition, record.Offset, record.Value)
			}
			if record.Offset < ends[partition] {
				missing--
			}
			next[partition] = record.Offset + 1
			total++
		})
	}
	return total
}
