// Command load is the client side of the crash test: it loads a broker that is killed again and again, remembers what
// the broker acknowledged, and checks on demand that all of it is still there.
//
// One idempotent producer writes numbered records to each partition, retrying for ever: whatever happens, the record at
// offset n must be number n. A group of two consumers reads them and commits after each poll.
//
// Usage: load BOOTSTRAP TOPIC GROUP PARTITIONS CODEC RECORDS_PER_SECOND. Commands come as lines on standard input:
//
//	status   prints how much was acknowledged
//	verify   reads the topic from its start and the commits, and compares them with all that was acknowledged before
//	finish   stops the load, waits for what is in flight, verifies, and ends
//
// Each is answered by one JSON line. A broken promise that is seen between commands is part of the next answer.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type answer struct {
	Acknowledged int64    `json:"acknowledged"` // records, over all partitions
	Commits      int64    `json:"commits"`      // acknowledged commit requests
	Read         int64    `json:"read"`         // records compared by the last verification
	Violations   []string `json:"violations"`
}

func main() {
	bootstrap, topic, group := os.Args[1], os.Args[2], os.Args[3]
	partitions, err := strconv.Atoi(os.Args[4])
	check(err)
	codec, recordsPerSecond := codecs[os.Args[5]], must(strconv.Atoi(os.Args[6]))
	ledger := newLedger(partitions)
	ctx, stop := context.WithCancel(context.Background())
	produced := make(chan struct{})
	go func() { defer close(produced); produce(ctx, bootstrap, topic, codec, recordsPerSecond, ledger) }()
	consumed := make(chan struct{}, 2)
	for range cap(consumed) {
		go func() { consume(ctx, bootstrap, topic, group, ledger); consumed <- struct{}{} }()
	}

	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var read int64
		switch input.Text() {
		case "status":
		case "verify":
			read = verify(bootstrap, topic, group, ledger)
		case "finish":
			stop()
			<-produced
			for range cap(consumed) {
				<-consumed
			}
			read = verify(bootstrap, topic, group, ledger)
		default:
			panic("unknown command " + input.Text())
		}
		state := ledger.answer()
		state.Read = read
		check(json.NewEncoder(os.Stdout).Encode(state))
		if input.Text() == "finish" {
			return
		}
	}
}

// options for a broker that comes back within seconds.
func options(bootstrap string, more ...kgo.Opt) []kgo.Opt {
	return append([]kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }),
		kgo.RequestRetries(1_000),
		kgo.DialTimeout(time.Second),
		kgo.MetadataMinAge(100 * time.Millisecond),
	}, more...)
}

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

func must(value int, err error) int {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
