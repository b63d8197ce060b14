package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A Summary counts findings that are not suppressed. The zero Summary has
// counted none.
type Summary struct {
	Findings int64
	Active   int64 // known to work
	History  int64 // in no file, not staged and not in HEAD: only in history
}

// Add counts f, unless it is suppressed.
func (s *Summary) Add(f Finding) {
	if f.Suppressed != nil {
		return
	}
	s.Findings++
	if f.Status == secret.Active {
		s.Active++
	}
	if !isCurrent(f) {
		s.History++
	}
}

// WriteReceipt tells people on w, which is standard error rather than that of
// the report, what a scan read, what it did not, and what came of it. The last
// line is the verdict.
func WriteReceipt(w io.Writer, rc Receipt, sum Summary, opt TextOptions) error {
	rc = mapReceipt(rc, Clean)
	paint := newPalette(opt.Color)
	var b strings.Builder
	if readAnything(rc) {
		fmt.Fprintf(&b, "Read %s in %s.\n", Amounts(rc), duration(rc.Duration))
	}
	writeRejected(&b, rc, paint)
	writeSuppressed(&b, rc, opt)
	writeSkipped(&b, rc, paint)

	result, incomplete := verdict(rc, sum)
	switch {
	case sum.Findings > 0:
		result = paint.alarm(result)
	case incomplete == "" && rc.Complete:
		result = paint.calm(result)
	default:
		result = paint.doubt(result)
	}
	b.WriteString(result)
	if incomplete != "" {
		b.WriteString(" " + paint.doubt(incomplete))
	}
	b.WriteString("\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing receipt: %w", err)
	}
	return nil
}

func readAnything(rc Receipt) bool { return rc.Files > 0 || rc.Objects > 0 || rc.Bytes > 0 }

// Amounts says how much was read.
func Amounts(rc Receipt) string {
	var read []string
	if rc.Files > 0 {
		read = append(read, count(rc.Files, "file", "files"))
	}
	if rc.Objects > 0 {
		objects := count(rc.Objects, "object", "objects")
		if rc.Repositories > 1 {
			objects += " of " + count(rc.Repositories, "repository", "repositories")
		}
		read = append(read, objects+" ("+count(rc.Commits, "commit", "commits")+")")
	}
	return strings.Join(append(read, size(rc.Bytes)), ", ")
}

// writeRejected writes how many candidates were no credentials, and which if
// they were asked for.
func writeRejected(b *strings.Builder, rc Receipt, paint palette) {
	var n int64
	reasons := map[string]int64{}
	for _, r := range rc.Rejected {
		n += r.Count
		reasons[r.Reason] += r.Count
	}
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "%s rejected (%s)", count(n, "look-alike was", "look-alikes were"), tally(reasons))
	if len(rc.Examples) == 0 {
		b.WriteString(": --show-rejected lists them.\n")
		return
	}
	b.WriteString(":\n")
	for _, r := range rc.Examples {
		fmt.Fprintf(b, "  %s  %s  %s, %s\n", paint.place(place(r.Location)), paint.mask(r.Masked), r.Rule, r.Reason)
	}
	if more := n - int64(len(rc.Examples)); more > 0 {
		fmt.Fprintf(b, "  and %s more\n", grouped(more))
	}
}

// Add adds to rc what another scan, or part of the same, has read. The whole is
// complete if both are. Suppressed is not added up: see [CountSuppressed].
func (rc *Receipt) Add(o Receipt) {
	rc.Duration += o.Duration
	rc.Complete = rc.Complete && o.Complete
	rc.Interrupted = rc.Interrupted || o.Interrupted
	rc.Files += o.Files
	rc.Repositories += o.Repositories
	rc.Objects += o.Objects
	rc.Commits += o.Commits
	rc.Bytes += o.Bytes
	rc.Skipped = append(rc.Skipped, o.Skipped...)
	rc.SkippedMore += o.SkippedMore
	for _, r := range o.Rejected {
		i := slices.IndexFunc(rc.Rejected, func(s RejectedCount) bool { return s.Rule == r.Rule && s.Reason == r.Reason })
		if i < 0 {
			rc.Rejected = append(rc.Rejected, r)
			continue
		}
		rc.Rejected[i].Count += r.Count
	}
	rc.Examples = append(rc.Examples, o.Examples...)
	rc.Idle = append(rc.Idle, o.Idle...)
}

// Faults returns what should have been read and was not, as far as it is listed.
func (rc Receipt) Faults() []Skip {
	var faults []Skip
	for _, s := range rc.Skipped {
		if s.Fault {
			faults = append(faults, s)
		}
	}
	return faults
}

// closed returns the archives of which there is more than could be read of them, as far
// as they are listed.
func (rc Receipt) closed() []Skip {
	var closed []Skip
	for _, s := range rc.Skipped {
		if s.Closed && !s.Fault {
			closed = append(closed, s)
		}
	}
	return closed
}

const closedTitle = "Not unpacked whole"

// passedOver returns how much was left out that is no fault, and why.
func passedOver(rc Receipt) (n int64, why string) {
	reasons := map[string]int64{}
	for _, s := range rc.Skipped {
		if !s.Fault {
			n++
			reasons[s.Reason]++
		}
	}
	return n, tally(reasons)
}

// further counts what was skipped and is not listed, "" if all is.
func further(rc Receipt) string {
	if rc.SkippedMore == 0 {
		return ""
	}
	return count(rc.SkippedMore, "further entry was", "further entries were") + " skipped and not listed."
}

// writeSkipped writes what was not read.
func writeSkipped(b *strings.Builder, rc Receipt, paint palette) {
	const most = 10
	if n, why := passedOver(rc); n > 0 {
		fmt.Fprintf(b, "Passed over %s (%s).\n", count(n, "entry", "entries"), why)
	}
	list := func(skips []Skip) {
		for _, s := range skips[:min(most, len(skips))] {
			fmt.Fprintf(b, "  %s: %s\n", s.Path, s.Reason)
		}
		if more := int64(len(skips) - most); more > 0 {
			fmt.Fprintf(b, "  and %s more\n", grouped(more))
		}
	}
	if closed := rc.closed(); len(closed) > 0 {
		b.WriteString(closedTitle + ":\n")
		list(closed)
	}
	if faults := rc.Faults(); len(faults) > 0 {
		fmt.Fprintf(b, "%s\n", paint.doubt("Not read:"))
		list(faults)
	}
	if text := further(rc); text != "" {
		b.WriteString(text + "\n")
	}
}

// verdict returns a sentence on what was found, and one on why that is not the
// whole answer, "" if it is.
func verdict(rc Receipt, sum Summary) (result, incomplete string) {
	switch {
	case sum.Findings > 0:
		result = count(sum.Findings, "finding", "findings")
		var notes []string
		for _, n := range []struct {
			count int64
			what  string
		}{{sum.Active, "active"}, {sum.History, "only in history"}} {
			switch {
			case n.count == 0:
			case n.count == sum.Findings && n.count == 1:
				notes = append(notes, n.what)
			case n.count == sum.Findings:
				notes = append(notes, "all "+n.what)
			default:
				notes = append(notes, grouped(n.count)+" "+n.what)
			}
		}
		if len(notes) > 0 {
			result += " (" + strings.Join(notes, ", ") + ")"
		}
		result += "."
	case !readAnything(rc) && rc.Complete:
		result = "There was nothing to scan."
	case !readAnything(rc):
		result = "Nothing was read."
	default:
		result = "No Cloudflare credentials found"
		if !rc.Complete {
			result += " in what was read"
		}
		if n := suppressedCount(rc); n > 0 {
			result += ", but for " + grouped(n) + " suppressed"
		}
		result += "."
	}
	faults := int64(len(rc.Faults()))
	switch {
	case rc.Interrupted:
		incomplete = "The scan was interrupted: there may be more in what it did not reach."
	case faults > 0:
		incomplete = "The scan is incomplete: " + count(faults, "thing", "things") + " could not be read."
	case !rc.Complete && readAnything(rc):
		incomplete = "The scan is incomplete."
	case !readAnything(rc) && !rc.Complete:
		incomplete = "That does not mean that there are no credentials."
	}
	return result, incomplete
}

// gaps tells, a sentence each, why findings are not all there may be, none if
// they are. rc is clean.
func gaps(rc Receipt) []string {
	if rc.Complete && !rc.Interrupted {
		return nil
	}
	var notes []string
	if rc.Interrupted {
		notes = append(notes, "The scan was interrupted: there may be more in what it did not reach.")
	}
	if !readAnything(rc) {
		notes = append(notes, "Nothing was read.")
	}
	for _, skip := range rc.Faults() {
		notes = append(notes, "Not read: "+skip.Path+": "+skip.Reason+".")
	}
	if text := further(rc); text != "" {
		notes = append(notes, text)
	}
	if len(notes) == 0 {
		notes = append(notes, "The scan is incomplete.")
	}
	return notes
}

// tally lists how often each reason occurs, the most frequent first and the
// rare ones in sum.
func tally(reasons map[string]int64) string {
	const most = 4
	type reason struct {
		text  string
		count int64
	}
	var list []reason
	for text, n := range reasons {
		list = append(list, reason{text, n})
	}
	slices.SortFunc(list, func(a, b reason) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.text, b.text))
	})
	var parts []string
	for _, r := range list[:min(most, len(list))] {
		parts = append(parts, grouped(r.count)+" "+r.text)
	}
	var others int64
	for _, r := range list[min(most, len(list)):] {
		others += r.count
	}
	if others > 0 {
		parts = append(parts, grouped(others)+" for other reasons")
	}
	return strings.Join(parts, ", ")
}
