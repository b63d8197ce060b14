package gitrepo

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// A database is the set of all objects of a repository. Objects are known by
// number: their position in entries, which is sorted by id. It may be used
// concurrently; content is read through readers. The zero database is empty.
//
// One that was opened for look-ups lists nothing: entries holds the objects that
// find was asked for, in that order, and find is for one goroutine at a time,
// while no other reads.
type database struct {
	dirs    []string        // object directories: the repository's, then alternates
	packs   []*gitpack.Pack // closed when the walk ends; readers open them anew
	entries []entry
	fanout  []uint32 // where the ids that begin with two given bytes begin; nil if there are no entries
	copies  bool     // there are several of some objects
	memory  int64    // for contents of objects at once, in bytes
	unread  bool     // not all objects of all packs are in entries, because of some none could be read

	found map[plumbing.Hash]uint32 // what find was asked for, none included; nil unless for look-ups
	few   *packIndexes             // instead of entries, where only a few objects will be read; see openFew

	big chan struct{} // full while a reader holds what takes much memory
}

// An entry is one copy of an object. Of several copies the first gives the
// object its number.
type entry struct {
	id     plumbing.Hash
	place  int32 // a position in packs, or -1-i for a file below dirs[i]
	offset int64 // in the pack
}

// none stands where the number of an object would, for an object that is not
// there.
const none = ^uint32(0)

// An object is an object's content, in one of two forms.
type object struct {
	n    uint32
	kind int
	size int64
	data []byte    // if it is held; must not be changed
	rest io.Reader // if it is not held; valid until the reader is used again

	own     []gitpack.Span // the parts of data to be emitted
	changes []gitpack.Span // where data is not that of its base, as in gitpack.Object
	found   *bool          // to be set when something is found in them
	again   bool           // the object is counted elsewhere, or was before
}

// objectDirs returns the directories that objects are in, without those that
// they name as alternates.
func (r *Repository) objectDirs() []string {
	own := cmp.Or(r.opt.Objects, filepath.Join(r.common, "objects"))
	return append([]string{own}, r.opt.Alternates...)
}

// openDatabase lists the objects of object directories and of their alternates.
// What cannot be listed is passed to fault.
func openDatabase(ctx context.Context, dirs []string, opt Options, fault func(file, reason string)) *database {
	db := newDatabase(dirs, opt, fault)
	for i := range db.dirs {
		db.list(ctx, i, opt.Workers, fault)
	}
	db.sort()
	return db
}

// openForLookups is openDatabase for who needs a few objects: it takes the time
// to read the indexes of the packs, and finds an object when it is asked for.
// Packs are closed; readers open them anew.
func openForLookups(ctx context.Context, dirs []string, opt Options, fault func(file, reason string)) *database {
	db := newDatabase(dirs, opt, fault)
	db.found = make(map[plumbing.Hash]uint32)
	for _, dir := range db.dirs {
		if packs := filepath.Join(dir, "pack"); isDir(packs) {
			db.listPacks(ctx, packs, opt.Workers, fault)
		}
	}
	db.close()
	return db
}

// newDatabase returns a database without objects, of object directories and
// their alternates.
func newDatabase(dirs []string, opt Options, fault func(file, reason string)) *database {
	db := &database{memory: opt.Memory, big: make(chan struct{}, 1)}
	seen := make(map[string]bool)
	add := func(dirs []string) {
		for _, dir := range dirs {
			if real := resolve(dir); !seen[real] {
				seen[real] = true
				db.dirs = append(db.dirs, dir)
			}
		}
	}
	add(dirs)
	for i := 0; i < len(db.dirs); i++ {
		add(alternates(db.dirs[i], fault))
	}
	return db
}

// sort puts the entries into their order.
func (db *database) sort() {
	// The objects of each pack are in order, and often there is but one.
	order := func(a, b entry) int {
		if c := bytes.Compare(a.id[:], b.id[:]); c != 0 {
			return c
		}
		return compareStorage(a, b)
	}
	if !slices.IsSortedFunc(db.entries, order) {
		slices.SortFunc(db.entries, order)
	}
	for n := 1; n < len(db.entries) && !db.copies; n++ {
		db.copies = db.entries[n].id == db.entries[n-1].id
	}
	db.fanout = make([]uint32, 1<<16+1)
	prefix := 0
	for n, e := range db.entries {
		for ; prefix <= int(firstBytes(e.id)); prefix++ {
			db.fanout[prefix] = uint32(n)
		}
	}
	for ; prefix < len(db.fanout); prefix++ {
		db.fanout[prefix] = uint32(len(db.entries))
	}
}

// alternates returns the object directories that dir borrows from.
//
// See gitrepository-layout(5), objects/info/alternates.
func alternates(dir string, fault func(file, reason string)) (dirs []string) {
	name := filepath.Join(dir, "info", "alternates")
	text, err := readSmall(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		fault(name, reason(err))
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		dirs = append(dirs, absolute(line, dir))
	}
	return dirs
}

// list adds the objects below dirs[i].
func (db *database) list(ctx context.Context, i, workers int, fault func(file, reason string)) {
	dir := db.dirs[i]
	entries, err := os.ReadDir(dir)
	if err != nil {
		fault(dir, reason(err))
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		first, err := hex.DecodeString(e.Name())
		switch {
		case e.Name() == "pack":
			db.listPacks(ctx, name, workers, fault)
		case err == nil && len(first) == 1 && e.IsDir():
			db.listLoose(i, name, first[0], fault)
		}
	}
}

// listLoose adds the objects in dir, whose ids begin with the byte first.
func (db *database) listLoose(i int, dir string, first byte, fault func(file, reason string)) {
	files, err := os.ReadDir(dir)
	if err != nil {
		fault(dir, reason(err))
	}
	for _, f := range files {
		rest, err := hex.DecodeString(f.Name())
		if err != nil || len(rest) != len(plumbing.ZeroHash)-1 {
			continue // an object that was being written
		}
		e := entry{place: int32(-1 - i)}
		e.id[0] = first
		copy(e.id[1:], rest)
		db.entries = append(db.entries, e)
	}
}

// listPacks adds the objects of the packs in dir.
func (db *database) listPacks(ctx context.Context, dir string, workers int, fault func(file, reason string)) {
	files, err := os.ReadDir(dir)
	if err != nil {
		fault(dir, reason(err))
	}
	for _, f := range files {
		stem, ok := strings.CutSuffix(f.Name(), ".pack")
		if !ok {
			continue
		}
		name := filepath.Join(dir, f.Name())
		index := filepath.Join(dir, stem+".idx")
		broken := name
		p, err := gitpack.Open(name, index)
		if errors.Is(err, gitpack.ErrIndex) {
			if !errors.Is(err, fs.ErrNotExist) {
				fault(index, reason(err)+": it was made anew, in memory")
			}
			p, err = gitpack.WithoutIndex(ctx, name, 0, workers, db.memory)
		}
		if p != nil {
			db.addPack(p)
		}
		switch {
		case p == nil:
			db.unread = true
			fault(broken, fmt.Sprintf("%s: %s cannot be read", reason(err), packed(name, index)))
		case err != nil:
			db.unread = db.unread || errors.Is(err, gitpack.ErrPartial)
			fault(broken, reason(err))
		}
	}
}

// packed says in words how many objects there are in a pack one of whose files
// cannot be read, as the other has it.
func packed(name, index string) string {
	head := readHead(name, 12)
	if bytes.HasPrefix(head, []byte("PACK")) && len(head) == 12 {
		return count(int(binary.BigEndian.Uint32(head[8:])), "object")
	}
	const tables = 8 + 256*4 // of version 2; version 1 begins with its table
	head = readHead(index, tables)
	if !bytes.HasPrefix(head, []byte("\xfftOc")) {
		head = head[:min(len(head), tables-8)]
	}
	if len(head) < tables-8 {
		return "its objects"
	}
	return count(int(binary.BigEndian.Uint32(head[len(head)-4:])), "object")
}

// readHead returns the first n bytes of a file, or as many as there are.
func readHead(name string, n int) []byte {
	f, _, err := openRegular(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	head, _ := io.ReadAll(io.LimitReader(f, int64(n)))
	return head
}

// addPack adds the objects of a pack.
func (db *database) addPack(p *gitpack.Pack) {
	place := int32(len(db.packs))
	db.packs = append(db.packs, p)
	if db.found != nil {
		return
	}
	db.entries = slices.Grow(db.entries, p.Len())
	for i := range p.Len() {
		db.entries = append(db.entries, entry{plumbing.Hash(p.ID(i)), place, p.Offset(i)})
	}
}

// close ends the use of packs for walks. Readers open them anew.
func (db *database) close() {
	if db.few != nil {
		db.few.close()
		return
	}
	for _, p := range db.packs {
		p.Close()
	}
}

// recovered turns a panic into an error: go-git's decoders may panic on bytes
// that no git wrote.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("malformed: %v", p)
	}
}

// firstBytes returns the first two bytes of an id, as a number.
func firstBytes(id plumbing.Hash) uint32 { return uint32(id[0])<<8 | uint32(id[1]) }

// find returns the number of an object, or none.
func (db *database) find(id plumbing.Hash) uint32 {
	if db.found != nil {
		return db.lookUp(id)
	}
	if db.fanout == nil {
		return none
	}
	prefix := firstBytes(id)
	lo, end := db.fanout[prefix], db.fanout[prefix+1]
	// The next bytes decide, unless somebody has chosen them.
	key := binary.BigEndian.Uint64(id[2:])
	for hi := end; lo < hi; {
		if m := lo + (hi-lo)/2; binary.BigEndian.Uint64(db.entries[m].id[2:]) < key {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo < end && db.entries[lo].id == id {
		return lo
	}
	n, found := slices.BinarySearchFunc(db.entries[lo:end], id, func(e entry, id plumbing.Hash) int {
		return bytes.Compare(e.id[:], id[:])
	})
	if !found {
		return none
	}
	return lo + uint32(n)
}

// lookUp is find in a database that was opened for look-ups.
func (db *database) lookUp(id plumbing.Hash) uint32 {
	n, ok := db.found[id]
	if ok {
		return n
	}
	n = uint32(len(db.entries))
	db.entries = slices.AppendSeq(db.entries, db.search(id))
	if n == uint32(len(db.entries)) {
		n = none
	}
	db.found[id] = n
	return n
}

// numbers returns a function that maps the numbers of objects in a pack to those
// in the database.
func (db *database) numbers(p *gitpack.Pack) func(i int) uint32 {
	numbers := make([]uint32, p.Len())
	n, same := 0, true
	for i := range numbers {
		id := plumbing.Hash(p.ID(i))
		for n < len(db.entries) && bytes.Compare(db.entries[n].id[:], id[:]) < 0 {
			n++
		}
		if numbers[i] = uint32(n); n == len(db.entries) || db.entries[n].id != id {
			numbers[i] = db.find(id) // the index is not in order
		}
		same = same && numbers[i] == uint32(i)
	}
	if same { // there is but this pack
		return func(i int) uint32 { return uint32(i) }
	}
	return func(i int) uint32 { return numbers[i] }
}

// isFirst tells whether of the copies of object n, that in the pack at a place,
// at an offset, is the first. A pack may have several.
func (db *database) isFirst(n uint32, place int32, offset int64) bool {
	if !db.copies {
		return true
	}
	e := db.entries[n]
	return e.place == place && e.offset == offset
}

// outside returns a function that reads the bases of deltas which are not in the
// same pack, for gitpack.Walk.
func (db *database) outside(r *reader) func(gitpack.ID) (int, []byte, error) {
	var mu sync.Mutex
	return func(id gitpack.ID) (int, []byte, error) {
		mu.Lock()
		defer mu.Unlock()
		n := db.find(plumbing.Hash(id))
		if n == none {
			return 0, nil, errors.New("it is missing")
		}
		o, err := r.open(n)
		if err == nil && o.rest != nil {
			err = fmt.Errorf("%d bytes are too many", o.size)
		}
		return o.kind, o.data, err
	}
}

// inPack returns the offset in the pack at place of the object with an id.
func (db *database) inPack(place int32, id plumbing.Hash) (int64, bool) {
	switch {
	case db.few != nil:
		return db.few.find(place, id)
	case db.found != nil:
		p := db.packs[place]
		i, ok := p.Find(gitpack.ID(id))
		if !ok {
			return 0, false
		}
		return p.Offset(i), true
	}
	n := int(db.find(id))
	for ; n < len(db.entries) && db.entries[n].id == id; n++ {
		if db.entries[n].place == place {
			return db.entries[n].offset, true
		}
	}
	return 0, false
}

// file returns the file that an entry is in.
func (db *database) file(e entry) string {
	if e.place >= 0 {
		return db.packs[e.place].Name
	}
	id := e.id.String()
	return filepath.Join(db.dirs[-1-e.place], id[:2], id[2:])
}

// loose returns the numbers of the objects that are in files of their own, by
// directory.
func (db *database) loose() []uint32 {
	var order []uint32
	for n, e := range db.entries {
		if e.place < 0 && (n == 0 || db.entries[n-1].id != e.id) {
			order = append(order, uint32(n))
		}
	}
	db.sortByStorage(order)
	return order
}

// sortByStorage sorts numbers of objects by where these are stored.
func (db *database) sortByStorage(order []uint32) {
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(compareStorage(db.entries[a], db.entries[b]), cmp.Compare(a, b))
	})
}

// compareStorage orders entries as they are stored.
func compareStorage(a, b entry) int {
	return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.offset, b.offset))
}

// eachLoose is each of the objects that are in files of their own.
func (db *database) eachLoose(ctx context.Context, workers int, visit func(object) error, broken func(n uint32, err error)) error {
	return db.each(ctx, db.loose(), workers, visit, broken)
}

// each calls visit once for each of some objects, whole, concurrently, and broken
// for one that cannot be read. It stops at the first error of visit.
func (db *database) each(ctx context.Context, order []uint32, workers int, visit func(object) error, broken func(n uint32, err error)) error {
	piece := min(max(len(order)/(8*workers), 256), 1<<14)
	var taken atomic.Int64
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range min(workers, (len(order)+piece-1)/piece) {
		p.Go(func(ctx context.Context) error {
			r := newReader(ctx, db, int(db.memory)/8/workers)
			defer r.close()
			for {
				end := int(taken.Add(int64(piece)))
				if end-piece >= len(order) {
					return nil
				}
				for _, n := range order[end-piece : min(end, len(order))] {
					if err := ctx.Err(); err != nil {
						return err
					}
					if err := r.visit(n, visit, broken); err != nil {
						return err
					}
				}
			}
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// visit calls visit for an object, whole, or broken if it cannot be read. The
// error is that of visit.
func (r *reader) visit(n uint32, visit func(object) error, broken func(n uint32, err error)) error {
	o, err := r.open(n)
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	if err != nil {
		broken(n, err)
		return nil
	}
	o.own = []gitpack.Span{{Start: 0, End: len(o.data)}}
	o.changes = o.own
	err = visit(o)
	if b := (*brokenError)(nil); errors.As(err, &b) {
		broken(n, b.err)
		return nil
	}
	return err
}

// openLoose opens the object in a file of its own. Its bytes are compressed by
// zlib and begin with the type, the size in decimal, and a zero.
func (r *reader) openLoose(e entry) (object, error) {
	f, info, err := openRegular(r.db.file(e))
	if err != nil {
		return object{}, err
	}
	r.closers = append(r.closers, f)
	z, err := r.inflate(f)
	if err != nil {
		return object{}, err
	}
	in := bufio.NewReader(z)
	head, err := in.Peek(len("commit 9223372036854775807\x00"))
	if err != nil && !errors.Is(err, io.EOF) {
		return object{}, err
	}
	kind, size, length, err := parseLooseHeader(head)
	if err != nil {
		return object{}, err
	}
	in.Discard(length)
	// No stream of deflate expands to more than 1032 times its size.
	if size/1032 > info.Size() {
		return object{}, fmt.Errorf("%d bytes cannot hold an object of %d", info.Size(), size)
	}
	return r.content(kind, size, in)
}

func parseLooseHeader(head []byte) (kind int, size int64, length int, err error) {
	text, _, ok := bytes.Cut(head, []byte{0})
	if !ok {
		return 0, 0, 0, errors.New("malformed object header")
	}
	name, digits, _ := strings.Cut(string(text), " ")
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return 0, 0, 0, errors.New("malformed object header")
		}
		size = size*10 + int64(d-'0') // of at most 20 digits
	}
	kind = slices.Index([]string{kindCommit: "commit", kindTree: "tree", kindBlob: "blob", kindTag: "tag"}, name)
	if kind <= 0 || digits == "" || size < 0 {
		return 0, 0, 0, errors.New("malformed object header")
	}
	return kind, size, len(text) + 1, nil
}

// content returns a reader of an object's content, whatever its form.
func (o object) content() io.Reader {
	if o.rest != nil {
		return o.rest
	}
	return bytes.NewReader(o.data)
}
