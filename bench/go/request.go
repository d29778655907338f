package main

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type requestOptions struct {
	Bootstrap  string  `json:"bootstrap"`
	Topic      string  `json:"topic"`
	Partitions int     `json:"partitions"`
	Size       int     `json:"size"`
	Clients    int     `json:"clients"`
	Seconds    float64 `json:"seconds"`
	// Requests a second of all clients together; 0 = each sends its next one when the last is answered.
	Rate float64 `json:"rate"`
	// Whether a consumer reads along, for end-to-end latency.
	Consume bool `json:"consume"`
}

// Time before the window opens, in which connections are made and caches warm.
const warmUp = 500 * time.Millisecond

// request sends one record a request, acks=all, from clients with a connection each, and measures the time to each answer.
// With a rate, latency counts from when the request was due: a broker that stalls is not spared the requests held up.
func request(ctx context.Context, argument []byte) (result, error) {
	var o requestOptions
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	opens := time.Now().Add(warmUp)
	closes := opens.Add(time.Duration(o.Seconds * float64(time.Second)))
	clock := requestClock{origin: time.Now(), opens: opens, closes: closes}

	var endToEnd []time.Duration
	consumed := make(chan error, 1)
	consumeCtx, stopConsuming := context.WithCancel(ctx)
	defer stopConsuming()
	if o.Consume {
		go func() {
			var err error
			endToEnd, err = clock.consume(consumeCtx, o)
			consumed <- err
		}()
	}

	acks := make([][]time.Duration, o.Clients)
	errs := make(chan error, o.Clients)
	var producing sync.WaitGroup
	for i := range o.Clients {
		producing.Go(func() {
			var err error
			if acks[i], err = clock.produce(ctx, o, i); err != nil {
				errs <- err
			}
		})
	}
	time.Sleep(time.Until(opens))
	measured := result{}
	w := openWindow()
	time.Sleep(time.Until(closes))
	took := w.close(measured)
	producing.Wait()
	if o.Consume {
		stopConsuming()
		if err := <-consumed; err != nil {
			return nil, err
		}
	}
	select {
	case err := <-errs:
		return nil, err
	default:
	}
	var all []time.Duration
	for _, latencies := range acks {
		all = append(all, latencies...)
	}
	measured["requestsPerSecond"] = float64(len(all)) / took.Seconds()
	percentiles(measured, "ack", all)
	percentiles(measured, "endToEnd", endToEnd)
	return measured, nil
}

type requestClock struct{ origin, opens, closes time.Time }

func (c requestClock) counts(sent time.Time) bool {
	return sent.After(c.opens) && sent.Before(c.closes)
}

func (c requestClock) produce(ctx context.Context, o requestOptions, index int) ([]time.Duration, error) {
	client, err := newClient(o.Bootstrap,
		kgo.DefaultProduceTopic(o.Topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(0),
	)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	value := randomBytes(o.Size)
	record := &kgo.Record{Partition: int32(index % o.Partitions), Value: value}
	if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
		return nil, err
	}
	var latencies []time.Duration
	interval := time.Duration(0)
	if o.Rate > 0 {
		interval = time.Duration(float64(time.Second) * float64(o.Clients) / o.Rate)
	}
	// Clients are out of step, as they are in life.
	due := time.Now().Add(interval * time.Duration(index) / time.Duration(o.Clients))
	for {
		if interval > 0 {
			time.Sleep(time.Until(due))
		} else {
			due = time.Now()
		}
		if !due.Before(c.closes) {
			return latencies, nil
		}
		binary.BigEndian.PutUint64(value, uint64(due.Sub(c.origin)))
		record := &kgo.Record{Partition: int32(index % o.Partitions), Value: value}
		if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
			return nil, err
		}
		if c.counts(due) {
			latencies = append(latencies, time.Since(due))
		}
		due = due.Add(interval)
	}
}

func (c requestClock) consume(ctx context.Context, o requestOptions) ([]time.Duration, error) {
	starts := map[int32]kgo.Offset{}
	for i := range o.Partitions {
		starts[int32(i)] = kgo.NewOffset().At(0)
	}
	client, err := newClient(o.Bootstrap, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{o.Topic: starts}))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var latencies []time.Duration
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return latencies, nil
		}
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		now := time.Now()
		fetches.EachRecord(func(record *kgo.Record) {
			sent := c.origin.Add(time.Duration(binary.BigEndian.Uint64(record.Value)))
			if c.counts(sent) {
				latencies = append(latencies, now.Sub(sent))
			}
		})
	}
}
