package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source"
)

const (
	progressDelay = time.Second            // scans shorter than this show none
	progressEvery = 100 * time.Millisecond // between two looks at the coverage
)

// progress shows on a terminal how far a scan has come.
type progress struct {
	done chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex
	current source.Source
	before  report.Receipt // of the sources before the current one
}

// newProgress returns progress that is shown on w, if that is a terminal. It
// must be stopped.
func newProgress(w io.Writer, quiet bool) *progress {
	p := &progress{done: make(chan struct{})}
	if quiet || !terminal(w) || os.Getenv("TERM") == "dumb" {
		return p
	}
	p.wg.Go(func() { p.show(w) })
	return p
}

// watch makes s the source that progress is shown of. Those before it are done.
func (p *progress) watch(s source.Source) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before = p.total()
	p.current = s
}

// stop removes the progress from the terminal.
func (p *progress) stop() {
	close(p.done)
	p.wg.Wait()
}

// show draws until p is stopped.
func (p *progress) show(w io.Writer) {
	select {
	case <-p.done:
		return
	case <-time.After(progressDelay):
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		// Back to the line's beginning, and clear it. How much there is to read
		// is not known before it has been read, so that there is no bar to fill.
		fmt.Fprintf(w, "\r\x1b[K%s", p.state())
		select {
		case <-p.done:
			fmt.Fprint(w, "\r\x1b[K")
			return
		case <-tick.C:
		}
	}
}

// state says in words what has been read.
func (p *progress) state() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return "scanning: " + report.Amounts(p.total())
}

// total adds up what has been read. The caller holds p.mu.
func (p *progress) total() report.Receipt {
	rc := p.before
	if p.current != nil {
		c := p.current.Coverage()
		rc.Files += c.Files
		rc.Objects += c.Objects
		rc.Commits += c.Commits
		rc.Bytes += c.Bytes
		rc.Repositories += c.Repositories
	}
	return rc
}
