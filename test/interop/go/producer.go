package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type producerOptions struct {
	Bootstrap   string `json:"bootstrap"`
	ClientID    string `json:"clientId"`
	Topic       string `json:"topic"`
	Count       int    `json:"count"`
	First       int    `json:"first"`
	Keys        int    `json:"keys"`
	Partitions  int    `json:"partitions"`
	ValueBytes  int    `json:"valueBytes"`
	DelayMs     int    `json:"delayMs"`
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
	o := producerOptions{ClientID: "franz-go", Count: 1, Compression: "none", Acks: "all"}
	if err := json.Unmarshal(argument, &o); err != nil {
		return err
	}
	codec, ok := codecs[o.Compression]
	if !ok {
		return fmt.Errorf("unknown compression %q", o.Compression)
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(o.Bootstrap), kgo.ClientID(o.ClientID), kgo.DefaultProduceTopic(o.Topic),
		kgo.ProducerBatchCompression(codec), kgo.RequiredAcks(acks[o.Acks]), kgo.AllowAutoTopicCreation(),
	}
	if !o.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	if o.Partitions > 0 {
		options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	var failures sync.Map
	for i := o.First; i < o.First+o.Count && ctx.Err() == nil; i++ {
		record := &kgo.Record{Value: []byte(value(i, o.ValueBytes))}
		if o.Partitions > 0 {
			record.Partition = int32(i % o.Partitions)
		}
		if o.Keys > 0 {
			record.Key = []byte(fmt.Sprintf("k%d", i%o.Keys))
		}
		client.Produce(context.Background(), record, func(record *kgo.Record, err error) {
			if err != nil {
				failures.Store(i, err)
				emitError(fmt.Errorf("record %d: %w", i, err))
				return
			}
			emit("acked", event{
				"topic": record.Topic, "partition": record.Partition, "offset": record.Offset, "value": string(record.Value),
			})
		})
		if o.DelayMs > 0 {
			time.Sleep(ms(o.DelayMs))
		}
	}
	if err := client.Flush(context.Background()); err != nil {
		return err
	}
	failures.Range(func(_, failure any) bool { err = failure.(error); return false })
	return err
}

// value is the record's number, filled up with dots to the size wanted.
func value(i, size int) string {
	text := fmt.Sprint(i)
	for len(text) < size {
		text += "."
	}
	return text
}
