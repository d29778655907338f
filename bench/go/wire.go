package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire is one connection, one request at a time. A thousand of them cost the client next to nothing: where many peers are
// simulated, the broker is to be measured.
type wire struct {
	connection  net.Conn
	correlation int32
	buffer      []byte
}

func dial(address string) (*wire, error) {
	connection, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return &wire{connection: connection}, nil
}

func (w *wire) close() { w.connection.Close() }

// call sends a request in a version and reads the answer.
func (w *wire) call(request kmsg.Request, version int16) (kmsg.Response, error) {
	request.SetVersion(version)
	if err := w.send(request); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(w.connection, size[:]); err != nil {
		return nil, err
	}
	answer := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(w.connection, answer); err != nil {
		return nil, err
	}
	if got := int32(binary.BigEndian.Uint32(answer)); got != w.correlation {
		return nil, fmt.Errorf("answer %d to request %d", got, w.correlation)
	}
	body := answer[4:]
	response := request.ResponseKind()
	if response.IsFlexible() && request.Key() != int16(kmsg.ApiVersions) {
		// The empty tags of the header.
		body = body[1:]
	}
	return response, response.ReadFrom(body)
}

func (w *wire) send(request kmsg.Request) error {
	w.correlation++
	b := append(w.buffer[:0], 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(request.Key()))
	b = binary.BigEndian.AppendUint16(b, uint16(request.GetVersion()))
	b = binary.BigEndian.AppendUint32(b, uint32(w.correlation))
	b = append(b, 0, 5)
	b = append(b, "bench"...)
	if request.IsFlexible() {
		b = append(b, 0)
	}
	b = request.AppendTo(b)
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	w.buffer = b
	_, err := w.connection.Write(b)
	return err
}

// retryBackoff is Java's retry.backoff.ms.
const retryBackoff = 100 * time.Millisecond

// findCoordinator asks, as every client does first, since that is what creates __consumer_offsets. There is one broker.
func (w *wire) findCoordinator(group string) error {
	for {
		request := kmsg.NewPtrFindCoordinatorRequest()
		request.CoordinatorKey = group
		answer, err := w.call(request, 2)
		if err != nil {
			return err
		}
		switch err := kerr.ErrorForCode(answer.(*kmsg.FindCoordinatorResponse).ErrorCode); err {
		case nil:
			return nil
		case kerr.CoordinatorNotAvailable, kerr.CoordinatorLoadInProgress:
			time.Sleep(retryBackoff)
		default:
			return err
		}
	}
}
