package respond

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A memory is a disk whose power can fail. What was written and not synced is
// then there, or in part, or not; and so are the names of files.
type memory struct {
	names   map[string]*node // as they are
	durable map[string]*node // as they are on the disk
	ops     int
	// fault is called before each operation that changes something.
	fault func(op int, what string) error
}

type node struct {
	data, durable []byte
	isDir         bool
	locked        bool
}

// A powerCut is what a memory panics with.
type powerCut struct{}

func newMemory() *memory {
	root := map[string]*node{"/": {isDir: true}, "/dest": {isDir: true}, "/state": {isDir: true}}
	return &memory{names: root, durable: maps.Clone(root)}
}

func (m *memory) op(what string) error {
	m.ops++
	if m.fault != nil {
		return m.fault(m.ops, what)
	}
	return nil
}

// cut takes the power away. How much survives of what was not synced, from
// nothing to all, is by chance if it is 0 to 1.
func (m *memory) cut(survives float64, rnd *rand.Rand) {
	names := maps.Clone(m.durable)
	for _, name := range slices.Sorted(maps.Keys(m.names)) {
		if rnd.Float64() < survives {
			names[name] = m.names[name]
		}
	}
	for name := range m.durable {
		if m.names[name] == nil && rnd.Float64() < survives {
			delete(names, name)
		}
	}
	for _, n := range names {
		n.locked = false
		switch {
		case rnd.Float64() < survives:
		case rnd.Float64() < survives && len(n.data) > len(n.durable):
			// Its length is there, and of its data not all.
			end := len(n.durable) + rnd.IntN(len(n.data)-len(n.durable))
			clear(n.data[end:])
		default:
			n.data = n.durable
		}
		n.data = slices.Clone(n.data)
		n.durable = slices.Clone(n.data)
	}
	m.names, m.durable = names, maps.Clone(names)
}

func (m *memory) disk() *disk {
	return &disk{
		open:  m.open,
		lock:  func(f file) error { return f.(*handle).lock() },
		read:  m.read,
		lstat: m.lstat,
		list: func(dir string) (names []string, err error) {
			for name := range m.names {
				if path.Dir(name) == dir && name != dir {
					names = append(names, path.Base(name))
				}
			}
			return names, nil
		},
		mkdir: func(dir string) error {
			if err := m.op("mkdir " + dir); err != nil {
				return err
			}
			m.names[dir] = &node{isDir: true}
			return nil
		},
		rename: func(from, to string) error {
			if err := m.op("rename " + from); err != nil {
				return err
			}
			m.names[to] = m.names[from]
			delete(m.names, from)
			return nil
		},
		remove: func(name string) error {
			if m.names[name] == nil {
				return fs.ErrNotExist
			}
			if err := m.op("remove " + name); err != nil {
				return err
			}
			delete(m.names, name)
			return nil
		},
		syncDir: m.syncDir,
	}
}

func (m *memory) syncDir(dir string) error {
	if err := m.op("syncdir " + dir); err != nil {
		return err
	}
	maps.DeleteFunc(m.durable, func(name string, _ *node) bool { return path.Dir(name) == dir && m.names[name] == nil })
	for name, n := range m.names {
		if path.Dir(name) == dir {
			m.durable[name] = n
		}
	}
	return nil
}

func (m *memory) open(name string, flag int) (file, error) {
	n := m.names[name]
	switch {
	case n != nil && flag&os.O_EXCL != 0:
		return nil, fs.ErrExist
	case n == nil && (flag&os.O_CREATE == 0 || m.names[path.Dir(name)] == nil):
		return nil, fs.ErrNotExist
	case n == nil:
		if err := m.op("create " + name); err != nil {
			return nil, err
		}
		n = &node{}
		m.names[name] = n
	}
	return &handle{m: m, n: n}, nil
}

func (m *memory) read(name string) ([]byte, error) {
	if n := m.names[name]; n != nil {
		return slices.Clone(n.data), nil
	}
	return nil, fs.ErrNotExist
}

func (m *memory) lstat(name string) (fs.FileInfo, error) {
	if n := m.names[name]; n != nil {
		return info{n}, nil
	}
	return nil, fs.ErrNotExist
}

type info struct{ *node }

func (i info) Name() string       { return "" }
func (i info) Size() int64        { return int64(len(i.data)) }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.isDir }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.isDir {
		return fs.ModeDir | 0o700
	}
	return 0o600
}

type handle struct {
	m      *memory
	n      *node
	holder bool
}

func (h *handle) lock() error {
	if h.n.locked {
		return errLocked
	}
	h.n.locked, h.holder = true, true
	return nil
}

func (h *handle) WriteAt(p []byte, at int64) (int, error) {
	err := h.m.op("write")
	if err != nil {
		p = p[:len(p)/2] // a full disk takes a part
	}
	data := slices.Clone(h.n.data)
	if grow := int(at) + len(p) - len(data); grow > 0 {
		data = append(data, make([]byte, grow)...)
	}
	copy(data[at:], p)
	h.n.data = data
	return len(p), err
}

func (h *handle) Truncate(size int64) error {
	if err := h.m.op("truncate"); err != nil {
		return err
	}
	h.n.data = slices.Clone(h.n.data[:size])
	return nil
}

func (h *handle) Sync() error {
	if err := h.m.op("sync"); err != nil {
		return err
	}
	h.n.durable = h.n.data
	return nil
}

func (h *handle) Close() error {
	if h.holder {
		h.n.locked = false
	}
	return nil
}

// A rig is a cloud and a disk that fails.
type rig struct {
	t       *testing.T
	m       *memory
	cloud   *cloud
	targets []Target
	options Options
	to      string
	runs    int
}

func newRig(t *testing.T, to string) *rig {
	r := &rig{t: t, m: newMemory(), to: to}
	r.cloud, r.targets = newCloud(3)
	d, err := ParseDelivery(to)
	if err != nil {
		t.Fatal(err)
	}
	r.options = Options{To: d, Journal: "/state/leakflare/journal", Leaked: r.cloud.leaked, CheckDelay: time.Microsecond, disk: r.m.disk()}
	return r
}

// run plans and applies, with another escrow than the run before, and reports
// whether the power failed.
func (r *rig) run() (err error, cut bool) {
	r.options.Escrow = fmt.Sprint("/state/leakflare/escrow", r.runs%2)
	r.runs++
	defer func() {
		switch p := recover().(type) {
		case nil:
		case powerCut:
			cut = true
		default:
			panic(p)
		}
	}()
	p, err := NewPlan(context.Background(), r.cloud.api(), Roll, r.targets, r.options)
	if err == nil {
		_, err = Apply(context.Background(), p, nil)
	}
	return err, false
}

// values returns what is at the destination.
func (r *rig) values() map[string]string {
	all := make(map[string]string)
	for name, n := range r.m.names {
		switch {
		case name == "/dest/all":
			for line := range strings.Lines(string(n.data)) {
				id, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
				all[id] = v
			}
		case strings.HasPrefix(name, "/dest/new/"):
			all[path.Base(name)] = string(n.data)
		}
	}
	return all
}

// check holds the journal and the destination against the truth. rolls are
// those before the last run.
func (r *rig) check(when string) {
	r.t.Helper()
	l, err := readLedger(r.options.disk, r.options.Journal)
	if err != nil {
		r.t.Fatalf("%s: %v", when, err)
	}
	got := r.values()
	for id, ct := range r.cloud.tokens {
		h := l.on(Roll, id)
		if reached := h.at.Step; reached == Delivered || reached == Verified || reached == Done {
			if got[id] != ct.current() {
				r.t.Errorf("%s: token %s is %s, and its value is lost", when, id, reached)
			}
		}
	}
}

// kept reports whether the value in force of a token is in an escrow.
func (r *rig) kept(id string) bool {
	for name, n := range r.m.names {
		if strings.Contains(name, "/escrow") && strings.HasPrefix(path.Base(name), id) && !strings.HasSuffix(name, ".tmp") && string(n.data) == r.cloud.tokens[id].current() {
			return true
		}
	}
	return false
}

// end goes on without faults, and checks that all is well.
func (r *rig) end(when string) {
	r.t.Helper()
	done := make(map[string]int) // or its value is in an escrow
	l, err := readLedger(r.options.disk, r.options.Journal)
	if err != nil {
		r.t.Fatalf("%s: %v", when, err)
	}
	for id, ct := range r.cloud.tokens {
		if l.on(Roll, id).at.Step == Done || r.kept(id) {
			done[id] = ct.rolls
		}
	}
	r.m.fault, r.cloud.before, r.cloud.after = nil, nil, nil
	if err, _ := r.run(); err != nil {
		r.t.Fatalf("%s: %v", when, err)
	}
	got := r.values()
	for id, ct := range r.cloud.tokens {
		if got[id] != ct.current() || ct.rolls == 0 {
			r.t.Errorf("%s: token %s: its value is lost", when, id)
		}
		if n, ok := done[id]; ok && n != ct.rolls {
			r.t.Errorf("%s: token %s was rolled though its value is known", when, id)
		}
	}
	for name := range r.m.names {
		if path.Base(name) == ".probe.leakflare.tmp" && strings.HasPrefix(name, "/state/") && path.Dir(name) != r.options.Escrow {
			continue // it holds nothing, and the escrow was given up
		}
		if strings.Contains(path.Dir(name), "/escrow") || strings.HasSuffix(name, ".tmp") {
			r.t.Errorf("%s: %s is left", when, name)
		}
	}
	if len(got) != len(r.cloud.tokens) {
		r.t.Errorf("%s: at the destination: %d values", when, len(got))
	}
}

var memoryDestinations = []string{"dir:/dest/new", "file:/dest/all"}

// TestPowerCut takes the power away before each operation on the disk and
// around each call, twice in a row, with everything, something or nothing left
// of what was not synced.
func TestPowerCut(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("the disk in memory has slashes")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	cuts := 0
	for _, to := range memoryDestinations {
		for _, survives := range []float64{0, 0.5, 0.5, 1} {
			for n, cut := 1, true; cut; n++ {
				r := newRig(t, to)
				for range 2 {
					at := r.m.ops + n
					fault := func(op int, _ string) error {
						if op >= at {
							panic(powerCut{})
						}
						return nil
					}
					around := func(what, id string) error { return r.m.op(what) }
					r.m.fault, r.cloud.before, r.cloud.after = fault, around, around
					if _, cut = r.run(); !cut {
						break
					}
					cuts++
					r.m.cut(survives, rnd)
					r.check(fmt.Sprintf("%s, %v survives, cut at %d", to, survives, n))
				}
				r.end(fmt.Sprintf("%s, %v survives, cut at %d", to, survives, n))
			}
		}
	}
	t.Logf("%d power cuts", cuts)
}

// TestFaultyDisk lets each operation on the disk fail, alone or with all that
// follow it, as on a full or read-only disk. No token is rolled when it fails
// before the first call, and nothing is lost later.
func TestFaultyDisk(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("the disk in memory has slashes")
	}
	faults := 0
	for _, to := range memoryDestinations {
		for _, isLasting := range []bool{false, true} {
			for n, reached := 1, true; reached; n++ {
				r := newRig(t, to)
				reached = false
				rolled := false
				r.cloud.before = func(what, _ string) error {
					rolled = rolled || what == "roll"
					if rolled && reached && isLasting && what == "roll" {
						t.Errorf("%s: rolled after operation %d on the disk had failed", to, n)
					}
					return nil
				}
				r.m.fault = func(op int, what string) error {
					if op == n || op > n && isLasting {
						reached = true
						return &fs.PathError{Op: what, Path: "x", Err: syscall.ENOSPC}
					}
					return nil
				}
				err, _ := r.run()
				when := fmt.Sprintf("%s, operation %d fails", to, n)
				if reached {
					faults++
				}
				if isLasting && reached && err == nil {
					t.Errorf("%s: no error", when)
				}
				if err != nil && isLasting && !errors.Is(err, syscall.ENOSPC) && !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
					t.Errorf("%s: %v does not say why", when, err)
				}
				r.check(when)
				r.end(when)
			}
		}
	}
	t.Logf("%d faults", faults)
}
