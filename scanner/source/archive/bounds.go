package archive

import (
	"fmt"
	"io"
	"math"
)

// How much is unpacked, and how much memory that may take.

// Limits bound what is made of one file, whatever it holds and says.
type Limits struct {
	// Depth is how many archives are opened within one another. A compressed
	// archive, such as a .tar.gz, counts twice.
	Depth int

	// Size is how much may be unpacked, in bytes: what decoders give, at all
	// depths together. Of what is small it is less; see allowance. Of all files
	// that an Opener opens, it bounds how much that may be together; see spent.
	Size int64

	// Members is how many members there may be, at all depths together.
	Members int

	// Memory is how much the decoders may hold at once, in bytes.
	Memory int64
}

// DefaultLimits are meant for anything that is no bomb: a backup, the image of a
// container, an installer.
var DefaultLimits = Limits{Depth: 8, Size: 4 << 30, Members: 1 << 20, Memory: 160 << 20}

const (
	// A file may always be unpacked to lenient bytes, and otherwise to its own
	// size maxRatio times. Logs are compressed to a fiftieth, bombs to a
	// thousandth.
	lenient  = 256 << 20
	maxRatio = 200

	// All files together may be unpacked to manySizes times the Size of one, and
	// otherwise to their own sizes usualRatio times: that is more than a disk
	// full of backups comes to, and a tree of bombs may be full of maxRatios.
	manySizes  = 16
	usualRatio = 20

	// modest is how much memory, in bytes, a walk may hold while others do too.
	modest = 24 << 20

	// maxName is the length, in bytes, of the longest name that a path has.
	maxName = 1 << 10
)

// allowance returns how much may be unpacked of a file of so many bytes, or of
// an unknown number (-1).
func (l Limits) allowance(size int64) int64 {
	if size < 0 || size > l.Size/maxRatio {
		return l.Size
	}
	return min(l.Size, max(lenient, size*maxRatio))
}

// spent tells whether as much was unpacked as may be of all files together.
func (o *Opener) spent() bool {
	most := max(min(o.Size, math.MaxInt64/manySizes)*manySizes, min(o.opened.Load(), math.MaxInt64/usualRatio)*usualRatio)
	return o.unpacked.Load() >= most
}

// reserve makes room for size bytes until the archive is read.
func (w *walker) reserve(size int64) error {
	w.used += size
	return w.fits()
}

// grow is reserve for a decoder that was opened before others which are in use. When it
// is done with, it gives back what it took, by grown.
func (w *walker) grow(size int64) error {
	w.grown += size
	return w.fits()
}

// room returns how much memory may still be reserved.
func (w *walker) room() int64 { return w.opener.Memory - w.used - w.grown }

// fits tells whether there is as much memory as is reserved, and waits for others that
// hold much.
func (w *walker) fits() error {
	all := w.used + w.grown
	if all > w.opener.Memory {
		return &brokenError{err: fmt.Errorf("it needs %d MB of memory, and %d MB may be used: not unpacked", all>>20, w.opener.Memory>>20), fault: true}
	}
	if all > modest && !w.holds {
		w.opener.big.Lock()
		w.holds = true
	}
	return nil
}

// charge counts a part of a dictionary, a window or the like as unpacked: to make
// one takes about as long as to unpack that, and there may be nothing in it.
//
// The codes of a block of deflate are not counted, of which the decoder says nothing. To
// make them takes about a microsecond, and twelve bytes are a block with nothing in it:
// 4 GB of these, in another archive of 20 MB, take some seven minutes. To count what is
// read for nothing would be of no use, for a block may have a few bytes in it as well.
func (w *walker) charge(size int64) {
	const part = 32
	w.left -= size / part
	if !w.Again {
		w.opener.unpacked.Add(size / part)
	}
}

// release lets the next walk that needs much memory have it.
func (w *walker) release() {
	if w.holds {
		w.opener.big.Unlock()
	}
}

// A meter reads what a decoder gives, as far as it may, and keeps its errors and
// panics from ending more than the reading.
type meter struct {
	w     *walker
	r     io.Reader
	quiet bool // what is broken is no news
	err   error
}

func (w *walker) meter(r io.Reader) *meter { return &meter{w: w, r: r} }

func (m *meter) Read(p []byte) (n int, err error) {
	if m.err != nil {
		return 0, m.err
	}
	if m.err = m.w.ctx.Err(); m.err != nil {
		return 0, m.err
	}
	if m.w.left <= 0 {
		m.err = &boundError{"unpacked, it is more than may be"}
		return 0, m.err
	}
	if !m.w.Again && m.w.opener.spent() {
		m.err = &boundError{"unpacked, all archives are more than may be"}
		return 0, m.err
	}
	n, err = read(m.r, p[:min(int64(len(p)), m.w.left)])
	m.w.left -= int64(n)
	if !m.w.Again {
		m.w.opener.unpacked.Add(int64(n))
	}
	m.err = asBroken(err)
	if b, ok := m.err.(*brokenError); ok && m.quiet {
		b.noted = true
	}
	return n, m.err
}
