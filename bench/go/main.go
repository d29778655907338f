// Command bench is the client of kohort's benchmarks: the same program, over franz-go, for every broker measured.
// Usage: bench SCENARIO OPTIONS, where OPTIONS is one JSON object. It prints one JSON object with what it measured.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// result maps what was measured to figures; the unit is in the name.
type result = map[string]float64

var scenarios = map[string]func(ctx context.Context, options []byte) (result, error){
	"create":    create,
	"delete":    remove,
	"produce":   produce,
	"consume":   consume,
	"request":   request,
	"commit":    commit,
	"group":     group,
	"groups":    groups,
	"consumers": consumers,
	"idle":      idle,
	"lookup":    lookup,
	"start":     start,
	"evict":     evict,
}

// longest that one scenario may take.
const limit = 5 * time.Minute

func main() {
	if len(os.Args) != 3 || scenarios[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: bench SCENARIO OPTIONS")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	measured, err := scenarios[os.Args[1]](ctx, []byte(os.Args[2]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(measured)
}

// decode refuses options that the scenario does not have, so that none is silently ignored.
func decode(argument []byte, options any) error {
	decoder := json.NewDecoder(bytes.NewReader(argument))
	decoder.DisallowUnknownFields()
	return decoder.Decode(options)
}

func newClient(bootstrap string, options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap), kgo.ClientID("bench")}, options...)...)
}

// window measures wall time and the CPU time of this process, the client.
type window struct {
	began time.Time
	cpu   time.Duration
}

func openWindow() window { return window{time.Now(), cpuTime()} }

func (w window) close(into result) time.Duration {
	took := time.Since(w.began)
	into["seconds"] += took.Seconds()
	into["clientCpuSeconds"] += (cpuTime() - w.cpu).Seconds()
	return took
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// percentiles adds p50 and p99 in microseconds.
func percentiles(into result, name string, latencies []time.Duration) {
	if len(latencies) == 0 {
		return
	}
	slices.Sort(latencies)
	at := func(share float64) float64 {
		return float64(latencies[int(share*float64(len(latencies)-1))].Nanoseconds()) / 1000
	}
	into[name+"P50Us"] = at(0.5)
	into[name+"P99Us"] = at(0.99)
}

func milliseconds(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

func ms(count int) time.Duration { return time.Duration(count) * time.Millisecond }
