package gitpack

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// ErrLarge tells that the objects of a pack are more than they may be.
var ErrLarge = errors.New("the objects of the pack are more than may be read")

// InMemory opens a pack that is at hand, byte for byte, and makes the index that
// it has not, as [WithoutIndex] does. Before that, it adds up how large its
// objects are, as they say themselves, and if they are more than most bytes the
// error is [ErrLarge]; if there are more of them than memory is enough for, which
// a walk takes besides, [ErrMemory]. data must not change until the pack is
// closed.
func InMemory(ctx context.Context, data []byte, memory, most int64) (p *Pack, size int64, err error) {
	p = &Pack{data: data, unmap: func() error { return nil }}
	p.pages.reset(data)
	p.pages.data = nil // what is not mapped cannot be given back
	count, sum, err := p.ends()
	if err != nil {
		return nil, 0, err
	}
	const known = 256 // bytes of memory, of an object
	if int64(count) > memory/known {
		return nil, 0, fmt.Errorf("%w: for %d objects", ErrMemory, count)
	}
	p.sum = sum
	if size, err = p.weigh(ctx, int64(count), most); err != nil {
		return nil, size, err
	}
	if err = p.makeIndex(ctx, Walk{Pack: p, Workers: 1, Memory: memory}); err != nil {
		err = fmt.Errorf("%w: %w", ErrPartial, err)
	}
	if ctx.Err() != nil {
		return nil, size, ctx.Err()
	}
	return p, size, err
}

// weigh adds up the sizes of objects, and of the deltas of which some are made,
// until they are more than most or an entry cannot be read.
func (p *Pack) weigh(ctx context.Context, count, most int64) (size int64, err error) {
	var f Inflater
	var buf []byte
	at := int64(headerSize)
	for range min(count, int64(len(p.data)/minEntry)) {
		if err := ctx.Err(); err != nil {
			return size, err
		}
		h, err := p.Header(at)
		if err != nil {
			return size, nil // making the index comes to the same end
		}
		if size += min(h.Size, math.MaxInt64-size); size > most {
			return size, ErrLarge
		}
		var length int64
		if h.Size <= maxBelieved {
			if buf, err = f.Inflate(buf[:0], p, h); err == nil && h.IsDelta() {
				if _, target, _, err := deltaSizes(buf); err == nil {
					size += int64(min(target, uint64(math.MaxInt64-size)))
				}
			}
			length = int64(f.all.pos)
		} else {
			length, err = f.length(p, h)
			if h.IsDelta() { // and what it makes is at least about as large
				size += min(h.Size, math.MaxInt64-size)
			}
		}
		if err != nil {
			return size, nil
		}
		if size > most {
			return size, ErrLarge
		}
		at = h.data + length
	}
	return size, nil
}
