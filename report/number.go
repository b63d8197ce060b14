package report

import (
	"fmt"
	"strconv"
	"time"
)

// count returns n and what is counted, in the singular or the plural.
func count(n int64, one, many string) string {
	return grouped(n) + " " + plural(n, one, many)
}

// plural returns which of two words goes with n.
func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// grouped returns n with a comma between thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0 // where the digits begin
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size returns a number of bytes in decimal units, with two digits at least.
func size(n int64) string {
	if n < 1000 {
		return count(n, "byte", "bytes")
	}
	v, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB", "EB"} {
		if v /= 1000; v < 999.5 {
			break
		}
	}
	if v < 9.95 {
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.0f %s", v, unit)
}

// duration returns d with as many digits as anyone wants to know.
func duration(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 0.005:
		return "less than 0.01 s"
	case s < 0.995:
		return fmt.Sprintf("%.2f s", s)
	case s < 59.95:
		return fmt.Sprintf("%.1f s", s)
	}
	if s := int64(d.Round(time.Second).Seconds()); s < 3600 {
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	m := int64(d.Round(time.Minute).Minutes())
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}
