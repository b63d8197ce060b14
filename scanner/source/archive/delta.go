package archive

import "io"

// A delta undoes the filter of that name of 7z: it adds up bytes, each to the one that
// was so many before it.
type delta struct {
	r        io.Reader
	distance int       // in bytes, up to 256
	last     [256]byte // bytes that were given, a ring
	n        int       // the newest in it
}

// Read implements [io.Reader].
func (d *delta) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	for i := range p[:max(0, n)] {
		d.n = (d.n + 1) % d.distance
		d.last[d.n] += p[i]
		p[i] = d.last[d.n]
	}
	return n, err
}
