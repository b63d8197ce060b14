package gitrepo

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/repos"
)

// mustMakeTree makes a tree of entries, which are a mode, a name and an id each.
func mustMakeTree(t *testing.T, g *repos.Git, entries ...[3]string) string {
	t.Helper()
	var tree strings.Builder
	for _, e := range entries {
		id, err := hex.DecodeString(e[2])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&tree, "%s %s\x00%s", e[0], e[1], id)
	}
	return g.Pipe(tree.String(), "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
}

// TestLargeObjects wants those who read large objects, which is one at a time, not
// to wait for each other for ever.
func TestLargeObjects(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	blob := g.Pipe("x", "hash-object", "-w", "--stdin")
	large := mustMakeTree(t, g, [3]string{"100644", needle + strings.Repeat("x", modest), blob})
	// It stands there as a file and as a folder.
	top := mustMakeTree(t, g, [3]string{"100644", "a", large}, [3]string{"40000", "b", large})
	first := g.Run("commit-tree", "-m", "first", large)
	g.Run("update-ref", "refs/heads/main", first)
	g.Run("update-ref", "refs/heads/other", g.Run("commit-tree", "-m", "second", top))
	var index strings.Builder
	for i := range 70 { // more than wait to be read
		fmt.Fprintf(&index, "100644 %s\tfile%03d\n", large, i)
	}
	g.Pipe(index.String(), "update-index", "--add", "--index-info")
	for name, opt := range map[string]Options{
		"everything": {},
		"range":      {Range: &Range{Include: []string{"other"}}},
		"staged":     {Staged: true, Workers: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Open(g.Dir, opt)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
			defer stop()
			done := make(chan error)
			go func() {
				var mu sync.Mutex
				var hits []source.Hit
				err := r.Walk(ctx, margin, func(c source.Chunk) error {
					if at := bytes.Index(c.Data, []byte(needle)); at >= 0 {
						mu.Lock()
						defer mu.Unlock()
						hits = append(hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(at)})
					}
					return nil
				})
				if err == nil {
					_, err = r.Locate(ctx, hits)
				}
				done <- err
			}()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(4 * time.Minute):
				t.Fatal("it does not end, though its time was up")
			}
		})
	}
}

// TestReserveEnds wants who waits for a large object to end with the context.
func TestReserveEnds(t *testing.T) {
	db := newDatabase(nil, Options{}, nil)
	holds := newReader(t.Context(), db, 0)
	if err := holds.reserve(modest + 1); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	waits := newReader(ctx, db, 0)
	if err := waits.reserve(modest + 1); err == nil {
		t.Error("it has what another holds")
	}
	holds.release()
	waits = newReader(t.Context(), db, 0)
	if err := waits.reserve(modest + 1); err != nil {
		t.Error(err)
	}
}
