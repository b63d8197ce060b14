// Package source says what a source of content is: a [Source] hands out
// [Chunk]s of it, and tells for each [Hit] in a chunk the [Location]s at which
// that content stands. What it read, and what it could not, is its [Coverage].
//
// # Ownership
//
// A chunk owns an interval of its data. The bytes to either side are margin:
// they are there to be looked at, and are owned by another chunk. Whoever
// matches reports what begins in the owned interval, so that nothing that
// stands in an overlap is reported twice and no set of seen matches is needed.
//
// The package imports nothing of leakflare.
package source

import (
	"context"
	"time"
)

// A Source enumerates the content of one place.
type Source interface {
	// Name identifies the place: two sources of the same name hold the same
	// content, and one of them need not be walked.
	Name() string

	// Walk calls emit for every chunk, from as many goroutines as it likes.
	// What chunks own covers the content, but for what cannot hold anything, as the ids
	// with which a git commit begins; margin bytes to either side of that
	// are part of their data too, unless the content ends first. Content that
	// cannot be read is noted in the coverage and passed over. Walk stops at
	// the first error that emit returns, or when ctx ends, and returns that
	// error.
	Walk(ctx context.Context, margin int, emit func(Chunk) error) error

	// Nested returns the sources that Walk came upon and left alone: the
	// repositories below a directory, the submodules of a repository.
	Nested() []Source

	// Locate returns the locations of each hit, best first. It is called once,
	// after Walk, with the hits of a whole scan, because looking up where a
	// blob was used costs far more than reading it. If there are none, it may be
	// called all the same: it may know what Walk noted by a better name then.
	Locate(ctx context.Context, hits []Hit) ([][]Location, error)

	// Coverage returns what has been read so far. It may be called at any time
	// and concurrently with Walk and Locate.
	Coverage() Coverage
}

// A Span is the half-open interval of bytes [Start, End).
type Span struct{ Start, End int }

// A Chunk is a piece of content.
type Chunk struct {
	Blob   Blob
	Data   []byte // valid until emit returns; must not be written to
	Offset int64  // of Data[0] in the blob
	Own    Span   // the part of Data that the chunk answers for

	// Found, if not nil, is set by emit when it finds something. A source that
	// left out content because it had been emitted before, within other
	// content, then emits that too.
	Found *bool

	// Packed, if not nil, is called by emit with the blob, which is text, when an
	// archive in base64 begins in what the chunk owns: an archive that spans chunks
	// can be opened by the source alone. It may be called concurrently, and Found
	// is to be set too.
	Packed func(Blob)
}

// A Blob names a run of content within its source: a file's content, a git
// object, a list of names. Its fields mean something to the source alone.
type Blob struct {
	Kind   int      // what it is
	Path   string   // for what has a path
	Object [32]byte // for what has an object id; shorter ids are padded with zeros
}

// A Hit is a match in a blob.
type Hit struct {
	Blob   Blob
	Offset int64 // of the match's first byte in the blob
}

// A Location is a place where a hit stands, in terms that a person can use.
type Location struct {
	Kind   string // one of the constants below
	Path   string // slash-separated; of content inside an archive, outer.zip!inner/file
	Line   int    // counted from 1; 0 if lines mean nothing here
	Column int    // counted from 1, in bytes
	Offset int64  // counted from 0, in bytes

	// Container is the path of the file that holds the content, an archive or a text
	// with archives in it: Path is that and, behind an exclamation mark each, the names of
	// what is in it. It is empty where the content is the file's, and in what has no path:
	// Path then begins with the mark.
	Container string

	// About tells that the content as a whole is about what the scan looks for, if the
	// source was given a function that says so of content.
	About bool

	// Part says in words what it is where that is not the content of a file: a
	// "commit message", an "author", a "path name", a "ref name", a "link
	// target", a "dangling blob". Otherwise it is empty.
	Part string

	// The rest is for locations in git.
	Repository string    // the repository's directory, as a person would name it
	Blob       string    // id of the object, hexadecimal
	Commit     string    // id of the commit that introduced it, hexadecimal
	Author     string    // of that commit
	Email      string    // of that author
	Date       time.Time // of authorship
	Summary    string    // first line of the commit's message
	Refs       []string  // branches, tags and other refs whose history has the content at this path, full names, sorted; of very many some, branches and tags first
	InHead     bool      // the content stands at this path in the commit that is checked out
	Reachable  bool      // from a ref
}

// Kinds of location.
const (
	File  = "file"  // in the file system
	Git   = "git"   // in an object of a repository
	Index = "index" // staged, in no commit
	Stdin = "stdin"
)

// RefName is the Part of a location that is the name of a ref.
const RefName = "ref name"

// Coverage is the record of what a source read.
type Coverage struct {
	Files        int64  // files read whole
	Repositories int64  // repositories whose objects were read
	Objects      int64  // objects of repositories
	Commits      int64  // of those, commits
	Bytes        int64  // of content, after decompression
	Unopened     int64  // archives that were matched as the bytes they are, for those before them were all that may be unpacked
	Empty        bool   // there was nothing to read, and rightly so: a range without commits, nothing staged
	Skipped      []Skip // in no particular order
	SkippedMore  int64  // further ones, not listed because there were too many
	FaultsMore   int64  // of those, faults
}

// A Skip is something that was not read, or not whole.
type Skip struct {
	Path   string
	Reason string

	// Fault tells that content which should have been read was not. Without
	// it, leaving the thing out was right: a socket, a link out of the tree.
	Fault bool

	// Closed tells of what is no fault that there is more in it than could be read: it
	// is encrypted, malformed or cut short.
	Closed bool
}
