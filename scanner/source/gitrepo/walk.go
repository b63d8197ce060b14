package gitrepo

import (
	"io"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source"
)

// What a source.Blob of a repository is. The first four are git's own numbers
// for the types of objects.
const (
	kindCommit = iota + 1
	kindTree
	kindBlob
	kindTag
	kindFile  // a plain file of the git directory; Path is relative to the common directory
	kindRefs  // the names of all refs, a line each
	kindIndex // the names in an index, a line each; Path is that of the index
	kindName  // the name of a file or directory of the git directory; Path is its path
	kindLink  // where a symbolic link in the git directory leads; Path is that of the link

	// What is staged; Path is that in the work tree.
	kindStaged     // a file
	kindStagedLink // where a symbolic link leads
	kindStagedName // the path itself

	// Members come last: what is of one is of this kind or a later one.
	kindMember     // of a blob that is an archive; see memberOf
	kindMemberName // of a member, as it is written in the archive

	// The same of a staged file.
	kindStagedMember
	kindStagedMemberName
)

// A walk is one call of Repository.Walk.
type walk struct {
	*Repository
	margin int
	emit   func(source.Chunk) error

	chunkers sync.Pool              // of *source.Chunker
	shallow  map[plumbing.Hash]bool // commits whose parents were not fetched

	references *references
	namesLeft  int64 // for so many more bytes of the names in indexes
	packed     archives
	textFound  func(source.Blob)   // is told of a blob that is text with an archive in it; may be nil
	noted      func(plumbing.Hash) // is told of an archive that something is noted of by its id; may be nil
}

// A brokenError is content that could not be read to its end, as opposed to an
// error of who matches it.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }

// stream emits the content of r and returns how much it was. An error of r
// comes as a brokenError.
func (w *walk) stream(r io.Reader, b source.Blob) (int64, error) { return w.streamAt(r, b, 0) }

// streamAt emits what is in a blob from an offset on.
func (w *walk) streamAt(r io.Reader, b source.Blob, offset int64) (int64, error) {
	c, ok := w.chunkers.Get().(*source.Chunker)
	if !ok {
		c = new(source.Chunker)
	}
	defer w.chunkers.Put(c)
	var refused error
	n, err := c.Split(r, b, w.margin, func(chunk source.Chunk) error {
		chunk.Offset += offset
		refused = w.emit(chunk)
		return refused
	})
	if err != nil && refused == nil {
		err = &brokenError{err}
	}
	return n, err
}

// text emits content that is in memory.
func (w *walk) text(data []byte, b source.Blob) error {
	w.tally.Bytes.Add(int64(len(data)))
	if len(data) == 0 {
		return nil
	}
	return w.emit(source.Chunk{Blob: b, Data: data, Own: source.Span{End: len(data)}})
}
