package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// openFew is openForLookups for who needs a handful of objects, at once: indexes
// are mapped, not read, so that a large repository costs no more than a small one.
// Objects are opened by id alone. The database must be closed.
func openFew(dirs []string, opt Options, fault func(file, reason string)) *database {
	db := newDatabase(dirs, opt, fault)
	db.few = new(packIndexes)
	for _, dir := range db.dirs {
		packs := filepath.Join(dir, "pack")
		files, err := os.ReadDir(packs)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			fault(packs, reason(err))
		}
		for _, f := range files {
			if stem, ok := strings.CutSuffix(f.Name(), ".pack"); ok {
				db.few.open(db, filepath.Join(packs, stem))
			}
		}
	}
	return db
}

// packIndexes are those of the packs of a database whose objects are not listed.
type packIndexes struct {
	all []*gitpack.Index // of each pack

	mu     sync.Mutex
	broken error // met first; of importance to who misses an object
}

// open adds the pack whose files begin with stem.
func (x *packIndexes) open(db *database, stem string) {
	index, err := gitpack.OpenIndex(stem + ".idx")
	if err != nil {
		x.note(fmt.Errorf("%s.idx: %s", filepath.Base(stem), reason(err)))
		return
	}
	x.all = append(x.all, index)
	db.packs = append(db.packs, index.Pack(stem+".pack"))
}

func (x *packIndexes) note(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.broken == nil {
		x.broken = err
	}
}

// missing returns the error for an object that was not found.
func (x *packIndexes) missing(id plumbing.Hash) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.broken != nil {
		return fmt.Errorf("object %s is missing, or in a pack whose index cannot be read: %w", id, x.broken)
	}
	return fmt.Errorf("object %s is missing", id)
}

func (x *packIndexes) close() {
	for _, index := range x.all {
		index.Close()
	}
}

// find returns where in the pack at a place an object is.
func (x *packIndexes) find(place int32, id plumbing.Hash) (int64, bool) {
	at, found, err := x.all[place].Find(gitpack.ID(id))
	if err != nil {
		x.note(err)
		return 0, false
	}
	return at, found
}

// search yields all copies of an object in a database that was opened for look-ups:
// those in files of their own first, which is where what was made last is.
func (db *database) search(id plumbing.Hash) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for i := range db.dirs {
			e := entry{id: id, place: int32(-1 - i)}
			if info, err := os.Stat(db.file(e)); err == nil && info.Mode().IsRegular() && !yield(e) {
				return
			}
		}
		for place := range int32(len(db.packs)) {
			if at, ok := db.inPack(place, id); ok && !yield(entry{id, place, at}) {
				return
			}
		}
	}
}

// openID returns the content of the object with an id, of a database whose
// objects are not listed. It is not counted: its number is none.
func (r *reader) openID(id plumbing.Hash) (object, error) {
	var first error
	for e := range r.db.search(id) {
		o, err := r.openEntry(e)
		if err == nil {
			o.n = none
			return o, nil
		}
		if first == nil {
			first = fmt.Errorf("object %s in %s: %s", id, filepath.Base(r.db.file(e)), reason(err))
		}
	}
	if first == nil {
		first = r.db.few.missing(id)
	}
	return object{}, first
}

// heldID returns the content of the object with an id if it is of the kind and
// is held.
func (r *reader) heldID(id plumbing.Hash, kind int) ([]byte, error) {
	o, err := r.openID(id)
	switch {
	case err != nil:
		return nil, err
	case o.kind != kind:
		return nil, fmt.Errorf("object %s is of another type", id)
	case o.rest != nil:
		return nil, fmt.Errorf("object %s: %d bytes are too many", id, o.size)
	}
	return o.data, nil
}
