package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// USER_HZ, 100 on every Linux there is.
const clockTick = 10 * time.Millisecond

// cpuOf is the CPU time that a process has used so far.
func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is the name, in parentheses, and may hold spaces.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+2:])
	user, err := strconv.ParseInt(string(fields[11]), 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * clockTick, err
}

// rssMbOf is the resident memory of a process.
func rssMbOf(pid int) (float64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseFloat(string(bytes.Fields(statm)[1]), 64)
	return pages * float64(os.Getpagesize()) / (1 << 20), err
}

// watchBroker rests and adds the broker's CPU, in milliseconds a second, and its memory at the end.
func watchBroker(into result, pid int, duration time.Duration) error {
	before, err := cpuOf(pid)
	if err != nil {
		return err
	}
	began := time.Now()
	time.Sleep(duration)
	after, err := cpuOf(pid)
	if err != nil {
		return err
	}
	into["idleCpuMsPerSecond"] = float64((after - before).Milliseconds()) / time.Since(began).Seconds()
	into["rssMb"], err = rssMbOf(pid)
	return err
}
