package gitpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A record is what a walk told of one object.
type record struct {
	kind    int
	content []byte // nil of a walk that is Sparse
	near    []text // what is owned, and within reach of that
	found   []int
	emitted int // times, but for the second walk
	again   int
	broken  []error
}

// A text is a part of a content.
type text struct {
	at   int
	text []byte
}

// walkAll walks a pack, records what it tells, and checks that it is
// consistent: parts are within the content, nothing is told twice.
func walkAll(t testing.TB, w Walk, rare uint32) []record {
	t.Helper()
	records := make([]record, w.Pack.Len())
	var mu sync.Mutex
	w.Workers = 3
	w.Emit = func(o Object) error {
		mu.Lock()
		r := &records[o.I]
		mu.Unlock()
		if o.Again {
			r.again++
		} else {
			r.emitted++
		}
		data := o.Data
		if o.Stream != nil {
			var err error
			if data, err = io.ReadAll(o.Stream); err != nil {
				return fmt.Errorf("reading: %w", err)
			}
			o.Own = []Span{{0, len(data)}}
		}
		if int64(len(data)) != o.Size {
			t.Errorf("%d bytes, and the size is %d", len(data), o.Size)
		}
		if r.emitted > 0 && r.again > 0 && !w.Sparse && !bytes.Equal(r.content, data) {
			t.Errorf("object %d has another content the second time", o.I)
		}
		found := hits(data, o.Own, w.Reach, rare)
		if len(found) > 0 {
			*o.Found = true
		}
		if r.kind = o.Kind; !w.Sparse {
			r.content = bytes.Clone(data)
		}
		r.near = append(r.near, text{0, bytes.Clone(data[:min(len(data), w.Head)])})
		for _, s := range o.Own {
			lo, hi := max(0, s.Start-w.Reach), min(len(data), s.End+w.Reach)
			r.near = append(r.near, text{lo, bytes.Clone(data[lo:hi])})
		}
		r.found = append(r.found, found...)
		return nil
	}
	w.Broken = func(i int, err error) {
		mu.Lock()
		defer mu.Unlock()
		records[i].broken = append(records[i].broken, err)
	}
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		slices.Sort(r.found)
		if r.emitted > 1 || r.again > 1 || len(r.broken) > 1 {
			t.Errorf("object %d: emitted %d and %d times, broken %v", i, r.emitted, r.again, r.broken)
		}
	}
	return records
}

// verify checks that every object was emitted, with its own content, and that
// exactly that was found in it which is in the whole.
func verify(t testing.TB, w Walk, records []record, things []*thing, rare uint32) {
	t.Helper()
	byOffset := make(map[int64]*thing)
	for _, o := range things {
		byOffset[o.offset] = o
	}
	for i, r := range records {
		o := byOffset[w.Pack.Offset(i)]
		if o == nil || o.id() != w.Pack.ID(i) {
			t.Fatalf("object %d is at a place that is none", i)
		}
		if r.emitted != 1 || len(r.broken) > 0 || r.kind != o.kind || !w.Sparse && !bytes.Equal(r.content, o.content) {
			t.Errorf("object %d: emitted %d times, broken %v, kind %d, want %d; %d bytes, want %d",
				i, r.emitted, r.broken, r.kind, o.kind, len(r.content), len(o.content))
		}
		for _, n := range r.near {
			if !bytes.HasPrefix(o.content[n.at:], n.text) {
				t.Errorf("object %d: another content at %d", i, n.at)
			}
		}
		if want := hits(o.content, []Span{{0, len(o.content)}}, w.Reach, rare); !slices.Equal(r.found, want) {
			t.Errorf("object %d: found at %v, want %v", i, r.found, want)
		}
	}
}

// seeds returns how many random packs are tried: LEAKFLARE_SEEDS, if set.
func seeds(usual uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv("LEAKFLARE_SEEDS"), 10, 64); err == nil {
		return n
	}
	return usual
}

func TestWalkRandom(t *testing.T) {
	for seed := range seeds(200) {
		if t.Failed() {
			t.Fatalf("seed %d", seed-1)
		}
		r := rand.New(rand.NewPCG(seed, 1))
		things, outside := randomThings(r)
		pack := writePack(things)
		w := Walk{Pack: open(t, pack, writeIndex(pack, things, int(seed%3))), Reach: 1 + r.IntN(30), Sparse: seed%4 < 2, Head: r.IntN(200)}
		w.Base = func(id ID) (int, []byte, error) {
			for _, o := range outside {
				if o.id() == id {
					return o.kind, o.content, nil
				}
			}
			return 0, nil, errors.New("missing")
		}
		if seed%2 == 0 { // little is held
			w.limits = limits{held: 1 << 20, whole: 500, modest: 1000, family: 4000, total: 1 << 30, heavy: 100}
		}
		rare := uint32(r.IntN(20_000) + 50)
		verify(t, w, walkAll(t, w, rare), things, rare)
	}
}

func TestWalkShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	edit := func(base *thing, byID bool) *thing {
		at := r.IntN(len(base.content))
		o := base.on([]piece{{0, at, nil}, {text: randomText(r, 8)}, {at, len(base.content) - at, nil}})
		o.byID = byID
		return o
	}
	root := func() *thing { return &thing{kind: Blob, content: randomText(r, 300)} }
	tests := map[string]func() []*thing{
		"chain": func() []*thing {
			things := []*thing{root()}
			for range 2000 {
				things = append(things, edit(things[len(things)-1], false))
			}
			return things
		},
		"chain by id, backwards, with a leaf on each": func() []*thing {
			at := root()
			things := []*thing{at}
			for range 1000 {
				leaf := edit(at, true)
				at = edit(at, true)
				things = append(things, leaf, at)
			}
			slices.Reverse(things)
			return things
		},
		"many on one": func() []*thing {
			things := []*thing{root()}
			for range 2000 {
				things = append(things, edit(things[0], false))
			}
			return things
		},
		"nothing": func() []*thing { return nil },
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			things := build()
			w := Walk{Pack: pile(t, things), Reach: 20, Sparse: true}
			verify(t, w, walkAll(t, w, 1<<16), things, 1<<16)
		})
	}
}

// Of a family whose contents are large, no more are held than its size has
// binary digits, in whatever order its entries are.
func TestWalkHoldsFew(t *testing.T) {
	const size, deltas = 1 << 16, 200
	at := &thing{kind: Blob, content: bytes.Repeat([]byte("0123456789abcdef"), size/16)}
	things := []*thing{at}
	for i := range deltas / 2 {
		text := fmt.Appendf(nil, "%08d", i)
		leaf := at.on([]piece{{text: append(text, 'x')}, {8, size - 8, nil}})
		at = at.on([]piece{{text: text}, {8, size - 8, nil}})
		leaf.byID, at.byID = true, true
		things = append(things, leaf, at)
	}
	slices.Reverse(things)
	w := Walk{Pack: pile(t, things), Reach: 20, Workers: 1}
	for _, o := range things {
		o.content = nil
	}
	before := live()
	var peak uint64
	n := 0
	w.Emit = func(o Object) error {
		if n++; n%20 == 0 {
			peak = max(peak, live())
		}
		return nil
	}
	w.Broken = func(i int, err error) { t.Errorf("object %d: %v", i, err) }
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if held := (int64(peak) - int64(before)) / size; n != deltas+1 || held > 20 {
		t.Errorf("%d objects, %d contents held", n, held)
	}
}

// live returns how many bytes are in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestWalkFoundOnlyWhereItDiffers(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789"), 1000)
	root := &thing{kind: Blob, content: text}
	changed := root.on([]piece{{0, 5000, nil}, {text: []byte("new")}, {5000, 5000, nil}})
	same := root.on([]piece{{0, 10_000, nil}, {text: []byte("more")}})
	w := Walk{Pack: pile(t, []*thing{root, changed, same}), Reach: 100, Workers: 1}
	own := make(map[int][]string)
	w.Emit = func(o Object) error {
		own[len(o.Data)] = append(own[len(o.Data)], fmt.Sprint(o.Own))
		if len(o.Data) == 10_003 {
			*o.Found = true
		}
		return nil
	}
	w.Broken = func(i int, err error) { t.Errorf("object %d: %v", i, err) }
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := map[int][]string{
		10_000: {"[{0 10000}]"},
		10_003: {"[{4900 5103}]", "[{0 4900} {5103 10003}]"},
		10_004: {"[{9900 10004}]", "[{0 9900}]"},
	}
	if fmt.Sprint(own) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", own, want)
	}
}

func TestWalkSkips(t *testing.T) {
	alone := &thing{kind: Blob, content: []byte("alone")}
	large := &thing{kind: Blob, content: make([]byte, 2000)}
	root := &thing{kind: Blob, content: []byte("a root")}
	leaf := root.on([]piece{{0, 6, nil}, {text: []byte("!")}})
	w := Walk{Pack: pile(t, []*thing{alone, large, root, leaf}), Reach: 5}
	w.Skip = func(int) bool { return true }
	w.limits = limits{held: 1 << 20, whole: 1000, modest: 1000, family: 4000, total: 1 << 30, heavy: 100}
	got := make(map[string]int)
	for i, r := range walkAll(t, w, 1<<31) {
		got[fmt.Sprint(w.Pack.ID(i))] = r.emitted
	}
	for o, want := range map[*thing]int{alone: 0, large: 0, root: 1, leaf: 1} {
		if n := got[fmt.Sprint(o.id())]; n != want {
			t.Errorf("%.10q was emitted %d times, want %d", o.content, n, want)
		}
	}
}

func TestWalkEnds(t *testing.T) {
	var things []*thing
	for i := range 500 {
		things = append(things, &thing{kind: Blob, content: fmt.Appendf(nil, "%d", i)})
		things = append(things, things[2*i].on([]piece{{text: []byte("a delta on it")}, {0, 1, nil}}))
	}
	p := pile(t, things)
	errEmit := errors.New("enough")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tests := map[string]struct {
		emit func(Object) error
		want error
	}{
		"error":    {func(Object) error { return errEmit }, errEmit},
		"canceled": {func(Object) error { cancel(); return nil }, context.Canceled},
	}
	for name, test := range tests {
		w := Walk{Pack: p, Reach: 5, Workers: 2, Emit: test.emit, Broken: func(int, error) {}}
		if name == "error" {
			if err := w.Run(context.Background()); !errors.Is(err, test.want) {
				t.Errorf("%s: %v", name, err)
			}
		} else if err := w.Run(ctx); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// broken checks which things were told to be broken, and that all others were
// emitted with their content.
func broken(t testing.TB, w Walk, things []*thing, want map[*thing]string) {
	t.Helper()
	for i, r := range walkAll(t, w, 1<<10) {
		k := slices.IndexFunc(things, func(o *thing) bool { return o.offset == w.Pack.Offset(i) })
		o := things[k]
		text, bad := want[o]
		switch {
		case bad && (len(r.broken) != 1 || r.emitted > 0):
			t.Errorf("thing %d: emitted %d times, broken %v", k, r.emitted, r.broken)
		case bad && !strings.Contains(r.broken[0].Error(), text):
			t.Errorf("thing %d: %v, want %q", k, r.broken[0], text)
		case !bad && (r.emitted != 1 || len(r.broken) > 0 || !bytes.Equal(r.content, o.content)):
			t.Errorf("thing %d: emitted %d times, broken %v", k, r.emitted, r.broken)
		}
	}
}

func TestWalkBroken(t *testing.T) {
	const base = "the base of its delta"
	text := func(s string) *thing { return &thing{kind: Blob, content: []byte(strings.Repeat(s, 100))} }
	more := func(o *thing, s string) *thing { return o.on([]piece{{0, len(o.content), nil}, {text: []byte(s)}}) }
	tests := map[string]func() ([]*thing, map[*thing]string){
		"a delta that fails": func() ([]*thing, map[*thing]string) {
			root, other := text("a"), text("b")
			bad := more(root, "1")
			bad.delta = []byte{0xff, 0x01, 0x02}
			below, sibling := more(bad, "2"), more(root, "3")
			further := more(below, "4")
			return []*thing{root, bad, below, further, sibling, other, more(other, "5")},
				map[*thing]string{bad: "a delta on 255 bytes", below: base, further: base}
		},
		"a root whose size lies": func() ([]*thing, map[*thing]string) {
			root, other := text("a"), text("b")
			root.size = 99
			leaf := more(root, "1")
			return []*thing{root, leaf, other}, map[*thing]string{root: "more content", leaf: base}
		},
		"a root whose size is huge": func() ([]*thing, map[*thing]string) {
			root, large, other := text("a"), text("c"), text("b")
			root.size, large.size = 500<<20, 1<<50
			leaf := more(root, "1")
			return []*thing{root, leaf, large, other},
				map[*thing]string{root: "cannot hold", large: "cannot hold", leaf: "its base has"}
		},
		"a delta whose size lies": func() ([]*thing, map[*thing]string) {
			root := text("a")
			short, long, huge := more(root, "1"), more(root, "2"), more(root, "3")
			short.size, long.size, huge.size = 3, 300, 1<<55
			return []*thing{root, short, long, huge},
				map[*thing]string{short: "more content", long: "EOF", huge: "may be held"}
		},
		"in a circle": func() ([]*thing, map[*thing]string) {
			a, b, c := text("a"), text("b"), text("c")
			a.base, b.base, c.base = b, a, c
			leaf := more(a, "1")
			for _, o := range []*thing{a, b, c} {
				o.byID, o.delta = true, encode(100, []piece{{0, 100, nil}})
			}
			other := text("d")
			return []*thing{a, b, c, leaf, other, more(other, "2")},
				map[*thing]string{a: base, b: base, c: base, leaf: base}
		},
		"on an object that is missing": func() ([]*thing, map[*thing]string) {
			missing, other := text("a"), text("b")
			first := more(missing, "1")
			first.byID = true
			leaf := more(first, "2")
			return []*thing{first, leaf, other}, map[*thing]string{first: "nothing in the pack", leaf: base}
		},
		"on something too large": func() ([]*thing, map[*thing]string) {
			large, other := &thing{kind: Blob, content: make([]byte, 2<<20)}, text("b")
			leaf := more(large, "1")
			leaf2 := more(leaf, "1")
			grown := more(other, strings.Repeat("2", 2<<20))
			return []*thing{large, leaf, leaf2, other, grown}, map[*thing]string{
				leaf: "its base has", leaf2: "its base has", grown: "may be held",
			}
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			things, want := build()
			w := Walk{Pack: pile(t, things), Reach: 5}
			w.limits = limits{held: 1 << 20, whole: 1 << 20, modest: 1 << 20, family: 1 << 20, total: 3 << 20, heavy: 100}
			broken(t, w, things, want)
		})
	}
}
