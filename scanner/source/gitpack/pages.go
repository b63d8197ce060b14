package gitpack

import (
	"math/bits"
	"sync/atomic"
)

// pages keeps what is mapped of a pack small. The system takes pages back when
// memory is short, but until then counts them as ours. It may be used
// concurrently.
type pages struct {
	data  []byte
	seen  []atomic.Uint64 // by blocks, whether they were read since pages were given back
	count atomic.Int64    // of these blocks
	most  atomic.Int64    // of them before pages are given back
}

// pageBlock is how many bytes are counted together. Linux maps as many around the
// one that is read, where its cache has them in one piece.
const pageBlock = 2 << 20

func (p *pages) reset(data []byte) {
	p.data, p.seen = data, make([]atomic.Uint64, len(data)/pageBlock/64+1)
	p.count.Store(0)
	if p.most.Load() == 0 {
		p.limit(DefaultMemory)
	}
}

// limit sets how many bytes may be mapped, of so much memory in all: an eighth, or
// the whole of a pack that is no more than half of it.
func (p *pages) limit(memory int64) {
	if int64(len(p.data)) <= memory/2 {
		memory = 16 * int64(len(p.data)+pageBlock)
	}
	p.most.Store(memory / 8 / pageBlock)
}

// used notes that n bytes from at on were read, and gives pages back if that
// makes them too many.
func (p *pages) used(at, n int64) {
	for b, last := at/pageBlock, (at+n)/pageBlock; b <= last; b++ {
		bit := uint64(1) << (b % 64)
		word := &p.seen[b/64]
		if word.Load()&bit != 0 || word.Or(bit)&bit != 0 || p.count.Add(1) <= p.most.Load() {
			continue
		}
		p.giveBack()
	}
}

// giveBack gives all pages back. What others read meanwhile may be counted late,
// or twice.
func (p *pages) giveBack() {
	forget(p.data)
	for i := range p.seen {
		p.count.Add(-int64(bits.OnesCount64(p.seen[i].Swap(0))))
	}
}
