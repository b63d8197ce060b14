package archive

import (
	"errors"
	"io"

	"github.com/nwaples/rardecode/v2"
)

// rar goes through a RAR file of version 5.
//
// See https://www.rarlab.com/technote.htm.
func (w *walker) rar(p *packed) error {
	if head, _ := p.Peek(7); string(head) == "Rar!\x1a\x07\x00" {
		// They hold programs, each of which may run for a tenth of a second for a
		// few bytes, and models that take 340 MB, whatever is in them.
		return &brokenError{err: errors.New("RAR before version 5: not unpacked"), fault: true}
	}
	if err := w.reserve(maxDictionary); err != nil {
		return err
	}
	r, err := openRAR(p)
	if err != nil {
		return rarError(err)
	}
	for {
		h, err := nextRAR(r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return rarError(err)
		}
		if err := w.member(p, h.Name); err != nil {
			return err
		}
		if h.IsDir {
			continue
		}
		if h.Encrypted {
			w.Note(join(p.path, h.Name), "encrypted, not unpacked", false)
			continue
		}
		if err := w.content(p, h.Name, false, -1, -1, w.meter(r)); err != nil {
			return err
		}
	}
}

func openRAR(p *packed) (r *rardecode.Reader, err error) {
	defer recovered(&err)
	return rardecode.NewReader(p, rardecode.MaxDictionarySize(maxDictionary))
}

func nextRAR(r *rardecode.Reader) (h *rardecode.FileHeader, err error) {
	defer recovered(&err)
	return r.Next()
}

// rarError returns an error of the decoder as one that ends no walk.
func rarError(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		return &brokenError{err: errEncrypted}
	case errors.Is(err, rardecode.ErrMultiVolume):
		return &brokenError{err: errElsewhere}
	}
	return asBroken(err)
}
