package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// start waits for a broker that is being started: it gives the wall time, in milliseconds, of its first Metadata answer
// that names a broker. Run it before the broker, so that only the broker's start is measured.
func start(ctx context.Context, argument []byte) (result, error) {
	var o struct {
		Bootstrap string `json:"bootstrap"`
	}
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	for ctx.Err() == nil {
		if hasMetadata(o.Bootstrap) {
			return result{"answeredAtMs": float64(time.Now().UnixMicro()) / 1000}, nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil, ctx.Err()
}

func hasMetadata(address string) bool {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(time.Second))
	request := kmsg.NewPtrMetadataRequest()
	request.SetVersion(4)
	request.Topics = []kmsg.MetadataRequestTopic{}
	// Header version 1: key, version, correlation id, null client id.
	header := []byte{0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff}
	body := request.AppendTo(header)
	if _, err := connection.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
		return false
	}
	var size [4]byte
	if _, err := io.ReadFull(connection, size[:]); err != nil {
		return false
	}
	answer := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(connection, answer); err != nil || len(answer) < 4 {
		return false
	}
	response := kmsg.NewPtrMetadataResponse()
	response.SetVersion(4)
	return response.ReadFrom(answer[4:]) == nil && len(response.Brokers) > 0
}

// POSIX_FADV_DONTNEED
const dontNeed = 4

// evict drops the files of a folder from the page cache, so that the next read is one of the disk.
func evict(_ context.Context, argument []byte) (result, error) {
	var o struct {
		Folder string `json:"folder"`
	}
	if err := decode(argument, &o); err != nil {
		return nil, err
	}
	return result{}, filepath.WalkDir(o.Folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return ignoreMissing(err)
		}
		file, err := os.Open(path)
		if err != nil {
			return ignoreMissing(err)
		}
		defer file.Close()
		// Dirty pages cannot be dropped.
		if err := file.Sync(); err != nil {
			return err
		}
		if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, file.Fd(), 0, 0, dontNeed, 0, 0); errno != 0 {
			return errno
		}
		return nil
	})
}

// ignoreMissing: the broker may remove files meanwhile.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
