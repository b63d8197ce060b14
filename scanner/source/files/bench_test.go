package files

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
)

// BenchmarkWalk walks a real tree with nothing to do for what it reads: that of
// the Go installation, or of $LEAKFLARE_BENCH_TREE.
func BenchmarkWalk(b *testing.B) {
	root := os.Getenv("LEAKFLARE_BENCH_TREE")
	if root == "" {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			b.Skipf("no tree to walk: %v", err)
		}
		root = strings.TrimSpace(string(out))
	}
	if _, err := os.Stat(root); err != nil {
		b.Skipf("no tree to walk: %v", err)
	}
	b.ReportAllocs()
	var c source.Coverage
	for b.Loop() {
		t, err := New(root, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := t.Walk(context.Background(), 256, func(source.Chunk) error { return nil }); err != nil {
			b.Fatal(err)
		}
		c = t.Coverage()
	}
	b.SetBytes(c.Bytes)
	b.ReportMetric(float64(c.Files), "files/op")
}
