// Command interop is a small franz-go consumer and producer for kohort's interop tests.
// Usage: interop consumer|producer|transact OPTIONS, where OPTIONS is one JSON object with the keys of support/client.ts.
// It prints one JSON object a line on stdout; SIGTERM and SIGINT close it cleanly.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

type event = map[string]any

var stdoutLock sync.Mutex

func emit(name string, fields event) {
	line := event{"event": name, "at": time.Now().UnixMilli()}
	for key, value := range fields {
		line[key] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	stdoutLock.Lock()
	defer stdoutLock.Unlock()
	os.Stdout.Write(append(text, '\n'))
}

// decode refuses options that the program does not have, so that none is silently ignored.
func decode(argument []byte, options any) error {
	decoder := json.NewDecoder(bytes.NewReader(argument))
	decoder.DisallowUnknownFields()
	return decoder.Decode(options)
}

func emitError(err error) { emit("error", event{"message": err.Error()}) }

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: interop consumer|producer|transact OPTIONS")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var err error
	switch os.Args[1] {
	case "consumer":
		err = consume(ctx, []byte(os.Args[2]))
	case "producer":
		err = produce(ctx, []byte(os.Args[2]))
	case "transact":
		err = transact(ctx, []byte(os.Args[2]))
	default:
		err = fmt.Errorf("unknown command %q", os.Args[1])
	}
	if err != nil {
		emitError(err)
		os.Exit(1)
	}
	emit("closed", nil)
}
