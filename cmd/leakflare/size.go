package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A size is a number of bytes, as a flag.
type size int64

const mebibyte size = 1 << 20

// forObjects returns what of s, the most memory to use, contents of a repository's
// objects may take. The rest is for what is known of each object.
func (s size) forObjects() int64 { return int64(s) * 3 / 4 }

var errSize = errors.New("use a number with MB or GB, as in 512MB")

func (s *size) Type() string { return "SIZE" }

func (s *size) String() string {
	if *s%(1<<10*mebibyte) == 0 {
		return fmt.Sprintf("%dGB", *s/(1<<10*mebibyte))
	}
	return fmt.Sprintf("%dMB", *s/mebibyte)
}

// Set reads a number with MB or GB behind it, or MiB or GiB, which are the same.
func (s *size) Set(text string) error {
	digits := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	var unit size
	switch {
	case strings.HasSuffix(digits, "M"):
		unit = mebibyte
	case strings.HasSuffix(digits, "G"):
		unit = 1 << 10 * mebibyte
	default:
		return errSize
	}
	n, err := strconv.ParseUint(strings.TrimSpace(digits[:len(digits)-1]), 10, 24)
	if err != nil {
		return errSize
	}
	if least := 64 * mebibyte; size(n)*unit < least {
		return fmt.Errorf("%v is the least", &least)
	}
	*s = size(n) * unit
	return nil
}
