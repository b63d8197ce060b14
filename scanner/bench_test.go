package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zlib"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/files"
	"github.com/leakflare/leakflare/scanner/source/gitpack"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// BenchmarkHistory scans the history of the repository in LEAKFLARE_BENCH_REPO,
// a bare one or a git directory, and measures in turn what there is to compare
// it with: git as it reads every object, and the mere inflating of every entry
// that is no tree. It reports medians, in seconds, and what the scan is of
// either.
func BenchmarkHistory(b *testing.B) {
	dir := os.Getenv("LEAKFLARE_BENCH_REPO")
	if dir == "" {
		b.Skip("no repository in $LEAKFLARE_BENCH_REPO")
	}
	const workers = 2
	packs := openPacks(b, dir)
	var cat, inflate, scan []float64
	for b.Loop() {
		if _, err := exec.LookPath("git"); err == nil {
			cat = append(cat, seconds(func() { catFile(b, dir) }))
		}
		inflate = append(inflate, seconds(func() { inflateAll(packs, workers) }))
		scan = append(scan, seconds(func() { scanHistory(b, dir, workers) }))
	}
	b.ReportMetric(median(scan), "s/scan")
	b.ReportMetric(median(inflate), "s/inflate")
	b.ReportMetric(median(scan)/median(inflate), "of-inflate")
	if len(cat) > 0 {
		b.ReportMetric(median(cat), "s/cat-file")
		b.ReportMetric(median(scan)/median(cat), "of-cat-file")
	}
}

// BenchmarkLocate scans the history of the repository in LEAKFLARE_BENCH_REPO
// twice: as it is, and as if a thousand of its blobs, taken at random, had
// something in them, all of which is located.
func BenchmarkLocate(b *testing.B) {
	dir := os.Getenv("LEAKFLARE_BENCH_REPO")
	if dir == "" {
		b.Skip("no repository in $LEAKFLARE_BENCH_REPO")
	}
	const workers, planted = 2, 1000
	// walk takes those blobs for hits whose ids are below a limit.
	walk := func(limit uint64) (hits []source.Hit, objects int64) {
		repo, err := gitrepo.Open(dir, gitrepo.Options{Workers: workers})
		if err != nil {
			b.Fatal(err)
		}
		set := detectors.NewSet(detectors.All...)
		var mu sync.Mutex
		seen := make(map[source.Blob]bool)
		err = repo.Walk(context.Background(), detectors.Reach, func(c source.Chunk) error {
			set.Matches(c.Data, detectors.Span(c.Own), func(detectors.Match) {})
			if c.Blob.Kind != gitpack.Blob || uint64(binary.BigEndian.Uint32(c.Blob.Object[:])) >= limit {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if !seen[c.Blob] && len(hits) < planted {
				seen[c.Blob] = true
				hits = append(hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(c.Own.Start)})
				if c.Found != nil {
					*c.Found = true
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := repo.Locate(context.Background(), hits); err != nil {
			b.Fatal(err)
		}
		return hits, repo.Coverage().Objects
	}
	var plain, located []float64
	var hits []source.Hit
	for b.Loop() {
		var objects int64
		plain = append(plain, seconds(func() { _, objects = walk(0) }))
		located = append(located, seconds(func() { hits, _ = walk(4 * planted << 32 / uint64(objects)) }))
	}
	b.ReportMetric(float64(len(hits)), "hits")
	b.ReportMetric(median(plain), "s/plain")
	b.ReportMetric(median(located), "s/located")
	b.ReportMetric(median(located)/median(plain), "of-plain")
}

// BenchmarkFiles scans the tree in LEAKFLARE_BENCH_TREE, and measures beside it
// how long ripgrep takes to look for one expression.
func BenchmarkFiles(b *testing.B) {
	tree := os.Getenv("LEAKFLARE_BENCH_TREE")
	if tree == "" {
		b.Skip("no tree in $LEAKFLARE_BENCH_TREE")
	}
	var grep, scan []float64
	for b.Loop() {
		if _, err := exec.LookPath("rg"); err == nil {
			grep = append(grep, seconds(func() {
				// Its exit status is 1 where nothing is found.
				_ = exec.Command("rg", "-uuu", "-j2", "-c", "cf(ut|at|k|ast)_[A-Za-z0-9]{40}", tree).Run()
			}))
		}
		scan = append(scan, seconds(func() {
			src, err := files.New(tree, files.Options{Workers: 2})
			if err != nil {
				b.Fatal(err)
			}
			s := Scan{Sources: []source.Source{src}, Detectors: detectors.All, Sink: silent{}}
			if _, err := s.Execute(context.Background()); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(median(scan), "s/scan")
	if len(grep) > 0 {
		b.ReportMetric(median(grep), "s/rg")
		b.ReportMetric(median(scan)/median(grep), "of-rg")
	}
}

func seconds(f func()) float64 {
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}

func median(s []float64) float64 {
	slices.Sort(s)
	return s[len(s)/2]
}

func catFile(b *testing.B, dir string) {
	cmd := exec.Command("git", "-C", dir, "cat-file", "--batch-all-objects", "--unordered", "--batch", "--buffer")
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
}

func scanHistory(b *testing.B, dir string, workers int) {
	repo, err := gitrepo.Open(dir, gitrepo.Options{Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	s := Scan{Sources: []source.Source{repo}, Detectors: detectors.All, Sink: silent{}}
	if _, err := s.Execute(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// silent is a report that nobody reads.
type silent struct{}

func (silent) Begin(report.Run) error       { return nil }
func (silent) Finding(report.Finding) error { return nil }
func (silent) Close(report.Receipt) error   { return nil }

// The bytes of a pack, and what is to be inflated of them.
type opened struct {
	data    []byte
	entries []entry
}

// An entry is so many bytes, inflated from data on.
type entry struct{ data, size int64 }

func openPacks(b *testing.B, dir string) (packs []opened) {
	names, _ := filepath.Glob(filepath.Join(dir, "objects/pack/*.pack"))
	for _, name := range names {
		p, err := gitpack.Open(name, strings.TrimSuffix(name, ".pack")+".idx")
		if err != nil {
			b.Fatal(err)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		packs = append(packs, opened{data, noTrees(p, data)})
		p.Close()
	}
	return packs
}

// inflateAll inflates all entries, in the order of the packs, as any program
// would with the library that is known for it.
func inflateAll(packs []opened, workers int) {
	const batch = 64
	for _, p := range packs {
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				var in bytes.Reader
				z := new(io.ReadCloser) // made with the first entry
				var buf []byte
				for i := w * batch; i < len(p.entries); i += workers * batch {
					for _, e := range p.entries[i:min(i+batch, len(p.entries))] {
						buf = inflate(z, &in, buf, p.data[e.data:], e.size)
					}
				}
			})
		}
		wg.Wait()
	}
}

// inflate inflates one entry into buf, which is longer if it must be.
func inflate(z *io.ReadCloser, in *bytes.Reader, buf, data []byte, size int64) []byte {
	in.Reset(data)
	var err error
	if *z == nil {
		*z, err = zlib.NewReader(in)
	} else {
		err = (*z).(zlib.Resetter).Reset(in, nil)
	}
	if err != nil {
		return buf
	}
	if size > 8<<20 {
		io.Copy(io.Discard, *z)
		return buf
	}
	if int64(len(buf)) <= size {
		buf = make([]byte, size+size/8+1)
	}
	for n := 0; err == nil && int64(n) <= size; {
		var m int
		m, err = (*z).Read(buf[n : size+1])
		n += m
	}
	return buf
}

// noTrees returns the entries of a pack that are neither trees nor, as far as
// offsets tell, deltas that make one, in the order of the pack.
func noTrees(p *gitpack.Pack, data []byte) (entries []entry) {
	offsets := make([]int64, p.Len())
	for i := range offsets {
		offsets[i] = p.Offset(i)
	}
	slices.Sort(offsets)
	tree := make(map[int64]bool)
	for _, at := range offsets {
		h, err := p.Header(at)
		if err != nil {
			continue
		}
		if h.Kind == gitpack.Tree || h.Kind == gitpack.OffsetDelta && tree[h.Base] {
			tree[at] = true
			continue
		}
		// Of a header, what is behind the type and size is not told.
		start := at + 1
		for size := h.Size >> 4; size > 0; size >>= 7 {
			start++
		}
		if h.Kind == gitpack.OffsetDelta {
			for data[start]&0x80 != 0 {
				start++
			}
			start++
		}
		if h.Kind == gitpack.IDDelta {
			start += int64(len(h.BaseID))
		}
		entries = append(entries, entry{start, h.Size})
	}
	return entries
}
