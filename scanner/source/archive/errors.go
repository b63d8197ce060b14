package archive

import (
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/nwaples/rardecode/v2"
)

// Why something was not unpacked, or not whole, and which of the errors of decoders end
// no more than what they were reading.

// What is noted in ways of its own. Others are words.
var (
	// ErrSpent is of a file that was not opened because of all files together as much
	// was unpacked as may be. There may be many: they are to be counted. It is a fault.
	ErrSpent = errors.New("of all archives, more would be unpacked than may be: not opened")

	// ErrClosed is, by errors.Is, of what has more in it than could be read, though
	// nobody is at fault: it is encrypted, malformed or cut short. Somebody may have the
	// password, or a whole one.
	ErrClosed = errors.New("not unpacked whole")
)

// A closedError is one that is ErrClosed, in words of its own.
type closedError string

func (e closedError) Error() string        { return string(e) }
func (e closedError) Is(target error) bool { return target == ErrClosed }

// A boundError ends a walk that has come to a bound.
type boundError struct{ reason string }

func (e *boundError) Error() string { return e.reason }

// A brokenError is what a decoder says of what it cannot decode.
type brokenError struct {
	err   error
	fault bool // as Walk.Note has it
	noted bool // or is not to be
}

func (e *brokenError) Error() string { return e.err.Error() }

// Reasons that are no faults are few and always worded alike: a receipt counts by them.
var (
	errBroken    = closedError("malformed, unpacked as far as that goes")
	errShort     = closedError("cut short, unpacked as far as that goes")
	errPanic     = closedError("malformed so that a decoder gave up, unpacked as far as that goes")
	errEncrypted = closedError("encrypted, not unpacked")
	errElsewhere = errors.New("going on in another file")
	errItself    = errors.New("the same as what holds it: not unpacked again")
)

// malformed returns a new error of what is no archive.
func malformed() error { return &brokenError{err: errBroken} }

// broken notes an error that is no reason to end the walk, and returns others.
func (w *walker) broken(path string, err error) error {
	switch b := (*brokenError)(nil); {
	case err == nil:
	case errors.As(err, &b):
		if !b.noted {
			b.noted = true
			w.nBroken++
			w.Note(path, b.err, b.fault)
		}
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		w.Note(path, errShort, false)
	default:
		return err
	}
	return nil
}

// read reads from a decoder, which may panic on what no encoder made.
func read(r io.Reader, p []byte) (n int, err error) {
	defer recovered(&err)
	n, err = r.Read(p)
	if n < 0 || n > len(p) {
		return 0, errors.New("a decoder has lost count")
	}
	return n, err
}

// recovered makes an error of a panic of a decoder. It is to be deferred.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &brokenError{err: errPanic}
	}
}

// asBroken returns an error of a decoder as one that ends no walk.
func asBroken(err error) error {
	var (
		bound  *boundError
		broken *brokenError
	)
	switch {
	case err == nil, err == io.EOF, errors.As(err, &bound),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &broken):
		return broken
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &brokenError{err: errShort}
	}
	if errors.Is(err, xz.ErrOptions) || errors.Is(err, xz.ErrUnsupportedCheck) {
		return &brokenError{err: errors.New("packed by a method of xz that is not known: not unpacked"), fault: true}
	}
	for _, memory := range tooLarge {
		if errors.Is(err, memory) {
			return &brokenError{err: errors.New("it needs more memory than may be used: not unpacked"), fault: true}
		}
	}
	return malformed()
}

// isEnd reports whether an error, by asBroken, says that there is no more to be decoded.
func isEnd(err error) bool {
	var b *brokenError
	return err == io.EOF || errors.As(err, &b) && !b.fault
}

// tooLarge are the errors of decoders that would need more memory than they may
// have.
var tooLarge = []error{xz.ErrMemlimit, zstd.ErrWindowSizeExceeded, zstd.ErrDecoderSizeExceeded, rardecode.ErrDictionaryTooLarge}
