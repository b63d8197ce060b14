package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestTee checks that each sink gets what it would get alone, whichever of the
// others fails and when.
func TestTee(t *testing.T) {
	c := cases()[1]
	want := string(render(t, "json", c))
	for failing := range 4 { // calls that succeed
		var first, last bytes.Buffer
		gone := &failingSink{left: failing}
		s := Tee(NewJSON(&first), gone, NewJSON(&last))
		if err := s.Begin(c.run); err != nil {
			t.Fatal(err)
		}
		for _, f := range c.findings {
			if err := s.Finding(f); err != nil {
				t.Fatal(err)
			}
		}
		err := s.Close(c.receipt)
		if !errors.Is(err, errDisk) {
			t.Errorf("after %d: error %v", failing, err)
		}
		if first.String() != want || last.String() != want {
			t.Errorf("after %d: the others lack something", failing)
		}
		if gone.calls != failing+1 {
			t.Errorf("after %d: %d calls of what had failed", failing, gone.calls)
		}
	}
}

func TestTeeErrors(t *testing.T) {
	s := Tee(&failingSink{}, NewJSONL(&bytes.Buffer{}), &failingSink{left: 1})
	if err := errors.Join(s.Begin(Run{}), s.Finding(Finding{Confidence: 1})); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(Receipt{}); err == nil || strings.Count(err.Error(), errDisk.Error()) != 2 {
		t.Errorf("error %v, want both", err)
	}
	if err := Tee(NewJSONL(&bytes.Buffer{})).Close(Receipt{}); err != nil {
		t.Error(err)
	}
}

var errDisk = errors.New("no space left on device")

// A failingSink fails after some calls.
type failingSink struct{ left, calls int }

func (s *failingSink) call() error {
	s.calls++
	if s.left--; s.left < 0 {
		return errDisk
	}
	return nil
}

func (s *failingSink) Begin(Run) error       { return s.call() }
func (s *failingSink) Finding(Finding) error { return s.call() }
func (s *failingSink) Close(Receipt) error   { return s.call() }
