package main

import (
	"context"
	"math/rand"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type throughputOptions struct {
	Bootstrap  string `json:"bootstrap"`
	Topic      string `json:"topic"`
	Partitions int    `json:"partitions"`
	// Bytes of a record's value.
	Size    int `json:"size"`
	Records int `json:"records"`
	// Sends no more after this time: who would take minutes is measured on what it did in seconds. 0 = no limit.
	SecondsMax float64 `json:"secondsMax"`
	// Times that the topic is consumed, each by a new client.
	Passes int `json:"passes"`
	// Offset in each partition from which on it is consumed.
	From int64 `json:"from"`
}

// produce sends records to all partitions in turn, acks=all, idempotent, five requests in flight: franz-go's defaults but
// for room to buffer, a linger of 5 ms as in Java's producer, and no compression, which would measure the client.
func produce(ctx context.Context, argument []byte) (result, error) {
	var o throughputOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	client, err := newClient(o.Bootstrap,
		kgo.DefaultProduceTopic(o.Topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(5*time.Millisecond),
		kgo.MaxBufferedRecords(200_000),
		kgo.MaxBufferedBytes(64<<20),
	)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	value := randomBytes(o.Size)
	var failure atomic.Value
	done := func(_ *kgo.Record, err error) {
		if err != nil {
			failure.Store(err)
		}
	}
	// Connections, metadata and the producer id are there before the clock runs.
	for i := range o.Partitions {
		client.Produce(ctx, &kgo.Record{Partition: int32(i), Value: value}, done)
	}
	if err := client.Flush(ctx); err != nil {
		return nil, err
	}
	measured := result{}
	w := openWindow()
	sent := 0
	for ; sent < o.Records; sent++ {
		if o.SecondsMax > 0 && sent%1000 == 0 && time.Since(w.began).Seconds() > o.SecondsMax {
			break
		}
		client.Produce(ctx, &kgo.Record{Partition: int32(sent % o.Partitions), Value: value}, done)
	}
	if err := client.Flush(ctx); err != nil {
		return nil, err
	}
	took := w.close(measured)
	if err := failure.Load(); err != nil {
		return nil, err.(error)
	}
	measured["recordsPerSecond"] = float64(sent) / took.Seconds()
	return measured, nil
}

// consume reads a topic from its start, or from an offset on, without a group, until it has seen so many records, in each pass.
func consume(ctx context.Context, argument []byte) (result, error) {
	var o throughputOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	measured := result{}
	for range max(1, o.Passes) {
		if err := consumePass(ctx, o, measured); err != nil {
			return nil, err
		}
	}
	measured["recordsPerSecond"] = float64(o.Records*max(1, o.Passes)) / measured["seconds"]
	return measured, nil
}

func consumePass(ctx context.Context, o throughputOptions, measured result) error {
	starts := map[int32]kgo.Offset{}
	for i := range o.Partitions {
		starts[int32(i)] = kgo.NewOffset().At(o.From)
	}
	w := openWindow()
	client, err := newClient(o.Bootstrap, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{o.Topic: starts}))
	if err != nil {
		return err
	}
	defer client.Close()
	for seen := 0; seen < o.Records; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		seen += fetches.NumRecords()
	}
	w.close(measured)
	return nil
}

// randomBytes are the same in every run.
func randomBytes(size int) []byte {
	bytes := make([]byte, size)
	rand.New(rand.NewSource(1)).Read(bytes)
	return bytes
}
