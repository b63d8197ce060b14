package report

import (
	"math"
	"testing"
	"time"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 files", 1: "1 file", 2: "2 files", 999: "999 files", 1000: "1,000 files",
		15036: "15,036 files", 123456: "123,456 files", 1234567: "1,234,567 files",
		-1000: "-1,000 files", -123: "-123 files", math.MinInt64: "-9,223,372,036,854,775,808 files",
	} {
		if got := count(n, "file", "files"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 9949: "9.9 kB", 9951: "10 kB",
		999_499: "999 kB", 999_500: "1.0 MB", 134_000_000: "134 MB", 5_312_345_678: "5.3 GB",
		math.MaxInt64: "9.2 EB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1:                            "less than 0.01 s",
		0:                             "less than 0.01 s",
		32 * time.Millisecond:         "0.03 s",
		994 * time.Millisecond:        "0.99 s",
		996 * time.Millisecond:        "1.0 s",
		3400 * time.Millisecond:       "3.4 s",
		59940 * time.Millisecond:      "59.9 s",
		59960 * time.Millisecond:      "1 min 0 s",
		125 * time.Second:             "2 min 5 s",
		3599600 * time.Millisecond:    "1 h 0 min",
		2*time.Hour + 3*time.Minute:   "2 h 3 min",
		3*time.Hour - time.Nanosecond: "3 h 0 min",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
