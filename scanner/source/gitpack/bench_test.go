package gitpack

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func BenchmarkWalk(b *testing.B) {
	dir := os.Getenv("LEAKFLARE_BENCH_REPO")
	if dir == "" {
		b.Skip("no repository in $LEAKFLARE_BENCH_REPO")
	}
	packs, _ := filepath.Glob(filepath.Join(dir, "objects/pack/*.pack"))
	for b.Loop() {
		for _, name := range packs {
			p, err := Open(name, strings.TrimSuffix(name, ".pack")+".idx")
			if err != nil {
				b.Fatal(err)
			}
			var n, own, size, broken atomic.Int64
			w := Walk{Pack: p, Reach: 512, Workers: 2, Emit: func(o Object) error {
				n.Add(1)
				size.Add(o.Size)
				for _, s := range o.Own {
					own.Add(int64(s.End - s.Start))
				}
				if o.Stream != nil {
					_, err := io.Copy(io.Discard, o.Stream)
					return err
				}
				return nil
			}, Broken: func(i int, err error) { broken.Add(1); b.Log(err) }}
			if err := w.Run(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(n.Load()), "objects")
			b.ReportMetric(float64(size.Load())/1e6, "MB-content")
			b.ReportMetric(float64(own.Load())/1e6, "MB-own")
			p.Close()
		}
	}
}
