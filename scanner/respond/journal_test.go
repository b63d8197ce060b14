package respond

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTornJournal cuts the last line of a journal off at every byte, and puts
// zero bytes in its place.
func TestTornJournal(t *testing.T) {
	b := newBench(t, 1)
	b.finish(Roll)
	whole := []byte(b.journal())
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for end := 1; end < len(whole); end++ {
		first := bytes.IndexByte(whole, '\n')
		if end > first && end < last {
			continue // the line that is cut off is the last, or the only one
		}
		for _, data := range [][]byte{
			whole[:end],
			append(bytes.Clone(whole[:end]), make([]byte, 100)...),
			append(bytes.Clone(whole[:end]), "\x00\x00\n\x00"...),
		} {
			b.put(b.options.Journal, string(data))
			if _, err := readLedger(realDisk(), b.options.Journal); err != nil {
				t.Fatalf("cut off after %d bytes: %v", end, err)
			}
		}
	}
	b.put(b.options.Journal, string(whole[:len(whole)-10]))
	b.finish(Roll)
	if got := b.journal(); !strings.HasPrefix(got, string(whole[:last])) || !strings.Contains(got, `"step":"recovered"`) {
		t.Errorf("the journal is\n%s", got)
	}
	if b.cloud.tokens[b.targets[0].TokenID].rolls != 1 {
		t.Error("it was rolled again")
	}
}

// TestChangedJournal refuses a journal that is not as it was written.
func TestChangedJournal(t *testing.T) {
	b := newBench(t, 2)
	b.finish(Roll)
	whole := b.journal()
	all := strings.SplitAfter(whole, "\n")
	for name, data := range map[string]string{
		"a byte":          strings.Replace(whole, `"step":"done"`, `"step":"gone"`, 1),
		"the last line":   strings.Replace(whole, all[len(all)-2], strings.Replace(all[len(all)-2], "done", "gone", 1), 1),
		"a line less":     strings.Replace(whole, all[3], "", 1),
		"a line twice":    strings.Replace(whole, all[3], all[3]+all[3], 1),
		"a line of zeros": strings.Replace(whole, all[3], strings.Repeat("\x00", 20)+"\n", 1),
		"no first line":   strings.Join(all[1:], ""),
		"foreign":         "hello\n",
		"foreign, short":  "hello",
		"foreign, binary": "\x00\x01\x02",
		"another version": strings.Replace(whole, "leakflare journal 1", "leakflare journal 2", 1),
		"an empty line":   "\n",
	} {
		b.put(b.options.Journal, data)
		if _, err := NewPlan(context.Background(), b.cloud.api(), Roll, b.targets, b.options); err == nil {
			t.Errorf("%s: it is accepted", name)
		}
		if b.journal() != data {
			t.Errorf("%s: it was written to", name)
		}
	}
}

// TestLockedJournal refuses a second run.
func TestLockedJournal(t *testing.T) {
	b := newBench(t, 1)
	inside := false
	_, err := Apply(context.Background(), b.plan(Roll), func(e Event) {
		if e.Step != Delivered {
			return
		}
		inside = true
		if _, err := b.apply(Roll); !errors.Is(err, errLocked) {
			t.Errorf("a second run: %v", err)
		}
	})
	if err != nil || !inside {
		t.Error(err)
	}
}

// TestStalePlan refuses a plan that another run has overtaken.
func TestStalePlan(t *testing.T) {
	b := newBench(t, 1)
	p := b.plan(Roll)
	b.finish(Roll)
	if _, err := Apply(context.Background(), p, nil); err == nil || !strings.Contains(err.Error(), "make the plan again") {
		t.Error(err)
	}
}

// TestForeignEscrow leaves alone what the journal does not know.
func TestForeignEscrow(t *testing.T) {
	b := newBench(t, 1)
	name := filepath.Join(b.options.Journal+".escrow", b.targets[0].TokenID+"-0123456789abcdef")
	b.put(name, "of another journal")
	b.finish(Roll)
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}

// FuzzJournal reads journals that were changed somewhere: what is read from
// them is the beginning of what was written, or an error.
func FuzzJournal(f *testing.F) {
	m := newMemory()
	j, err := openJournal(m.disk(), "/state/journal", &ledger{})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []Step{Intent, Escrowed, Delivered, Done} {
		if err := j.append(record{Action: Roll, Step: s, TokenID: "x", Attempt: "y"}); err != nil {
			f.Fatal(err)
		}
	}
	written := m.names["/state/journal"].data
	f.Add(10, []byte("x"))
	f.Add(len(written)-1, []byte(""))
	f.Add(len(written), []byte("\x00\x00"))
	f.Fuzz(func(t *testing.T, at int, tail []byte) {
		if at < 0 || at > len(written) {
			t.Skip("no place in the journal")
		}
		data := append(bytes.Clone(written[:at]), tail...)
		l := &ledger{works: make(map[work]*history)}
		if err := l.read(data); err == nil && (int(l.size) > len(data) || !bytes.Equal(data[:l.size], written[:l.size])) {
			t.Errorf("read %d bytes that were not written", l.size)
		}
	})
}
