package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

type transactionOptions struct {
	Bootstrap       string `json:"bootstrap"`
	TransactionalID string `json:"transactionalId"`
	Compression     string `json:"compression"`
}

// transact does what it is told: a line a command, answered with `done`.
// `begin`, `flush`, `commit`, `abort`, `send TOPIC PARTITION VALUE...`; a value `KEY=VALUE` has a key.
func transact(ctx context.Context, argument []byte) error {
	var o transactionOptions
	if err := decode(argument, &o); err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(o.Bootstrap), kgo.TransactionalID(o.TransactionalID), kgo.ProducerBatchCompression(codecs[o.Compression]),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	emit("done", nil)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := obey(ctx, client, strings.Fields(lines.Text())); err != nil {
			return err
		}
		emit("done", nil)
	}
	return lines.Err()
}

func obey(ctx context.Context, client *kgo.Client, words []string) error {
	switch words[0] {
	case "begin":
		return client.BeginTransaction()
	case "flush":
		return client.Flush(ctx)
	case "commit":
		if err := client.Flush(ctx); err != nil {
			return err
		}
		return client.EndTransaction(ctx, kgo.TryCommit)
	case "abort":
		if err := client.AbortBufferedRecords(ctx); err != nil {
			return err
		}
		return client.EndTransaction(ctx, kgo.TryAbort)
	case "send":
		partition, err := strconv.Atoi(words[2])
		if err != nil {
			return err
		}
		for _, word := range words[3:] {
			record := &kgo.Record{Topic: words[1], Partition: int32(partition), Value: []byte(word)}
			if key, value, found := strings.Cut(word, "="); found {
				record.Key, record.Value = []byte(key), []byte(value)
			}
			client.Produce(ctx, record, func(_ *kgo.Record, err error) {
				if err != nil {
					emitError(err)
				}
			})
		}
		return nil
	default:
		return fmt.Errorf("unknown command %q", words[0])
	}
}
