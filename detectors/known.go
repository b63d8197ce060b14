package detectors

import (
	"math"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Known returns a detector of values that are known to be credentials: wherever they
// stand and however they are written, without what tells their kind. It is for what
// masks them, and in no list of detectors.
func Known(values []secret.Value) *Detector {
	known := make(map[string]secret.Value)
	var lengths []int
	for _, v := range values {
		s := strings.TrimRight(v.Reveal(), "=") // padding may be missing
		known[s] = v
		lengths = append(lengths, len(s))
	}
	slices.Sort(lengths)
	lengths = slices.Compact(lengths)
	slices.Reverse(lengths)
	d := &Detector{ID: "known"}
	if len(lengths) == 0 {
		return d
	}
	recognize := func(text []byte, at int) (Match, bool) {
		// The run may be a part of it, or it a part of the run.
		for i := max(0, at-lengths[0]); i < len(text) && (i < at || class[text[i]]&base64Char != 0); i++ {
			for _, n := range lengths {
				if i+n <= at || i+n > len(text) {
					continue
				}
				if v, ok := known[string(text[i:i+n])]; ok {
					return Match{Span: Span{i, i + n}, Secret: v}, true
				}
			}
		}
		return Match{}, false
	}
	d.Shapes = []Shape{
		{MinRun: minRun, MaxRun: math.MaxInt, Within: true, Recognize: recognize},
		{MinRun: minRun, MaxRun: math.MaxInt, Within: true, Recognize: recognize, Hex: true},
	}
	return d
}
