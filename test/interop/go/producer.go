package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type producerOptions struct {
	Bootstrap   string `json:"bootstrap"`
	Topic       string `json:"topic"`
	Partitions  int    `json:"partitions"`
	Count       int    `json:"count"`
	ValuePrefix string `json:"valuePrefix"`
	IntervalMs  int    `json:"intervalMs"`
	Compression string `json:"compression"`
	Idempotent  bool   `json:"idempotent"`
	Acks        string `json:"acks"`
}

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

var acks = map[string]kgo.Acks{"all": kgo.AllISRAcks(), "1": kgo.LeaderAck(), "0": kgo.NoAck()}

func produce(ctx context.Context, argument []byte) error {
	var o producerOptions
	if err := decode(argument, &o); err != nil {
		return err
	}
	codec, ok := codecs[o.Compression]
	if !ok {
		return fmt.Errorf("unknown compression %q", o.Compression)
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(o.Bootstrap), kgo.ClientID("franz-go"), kgo.DefaultProduceTopic(o.Topic),
		kgo.ProducerBatchCompression(codec), kgo.RequiredAcks(acks[o.Acks]), kgo.AllowAutoTopicCreation(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}
	if !o.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	var failures sync.Map
	for i := 0; (o.Count == 0 || i < o.Count) && ctx.Err() == nil; i++ {
		record := &kgo.Record{
			Partition: int32(i % o.Partitions),
			Key:       []byte(fmt.Sprintf("key-%d", i%10)),
			Value:     []byte(fmt.Sprintf("%s%d", o.ValuePrefix, i)),
		}
		client.Produce(context.Background(), record, func(record *kgo.Record, err error) {
			if err != nil {
				failures.Store(i, err)
				emitError(fmt.Errorf("record %d: %w", i, err))
				return
			}
			emit("delivered", event{
				"topic": record.Topic, "partition": record.Partition, "offset": record.Offset, "value": string(record.Value),
			})
		})
		time.Sleep(ms(o.IntervalMs))
	}
	if err := client.Flush(context.Background()); err != nil {
		return err
	}
	failures.Range(func(_, failure any) bool { err = failure.(error); return false })
	return err
}
