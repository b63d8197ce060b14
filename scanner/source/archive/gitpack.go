package archive

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// recogniseMember returns the format of a member of an archive, as Recognise does of a
// file.
func recogniseMember(head []byte, name string) Format {
	f := Recognise(head, name)
	if f == None && isPack(head) {
		return packFormat
	}
	return f
}

// isPack tells whether head begins with a pack of git's, or a bundle. On a disk
// these are no archives but repositories, which is more.
func isPack(head []byte) bool {
	for _, magic := range []string{"PACK\x00\x00\x00\x02", "PACK\x00\x00\x00\x03", "# v2 git bundle\n", "# v3 git bundle\n"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// looseHeader returns the length of the header that a blob begins with where it is an
// object by itself, a stream of zlib, and so in no pack; 0 if there is none.
//
// See https://git-scm.com/docs/gitformat-loose.
func looseHeader(head []byte) int {
	size, ok := bytes.CutPrefix(head, []byte("blob "))
	if !ok {
		return 0
	}
	digits := 0
	for digits < min(len(size), 20) && '0' <= size[digits] && size[digits] <= '9' {
		digits++
	}
	if digits == 0 || digits == len(size) || size[digits] != 0 {
		return 0
	}
	return len("blob ") + digits + 1
}

// packReach is how many bytes around what a delta inserts are handed out with
// it. It is more than anybody looks around.
const packReach = 1 << 10

// pack goes through the objects of a pack within an archive: those of a repository
// that was put in one with all that is in it. Of an object that is a delta on
// another it is handed out what is not in that.
//
// See https://git-scm.com/docs/gitformat-pack.
func (w *walker) pack(p *packed) error {
	origin := p.here()
	return w.holding(p, func(data []byte) error {
		if i := bytes.Index(data, []byte("\n\nPACK")); bytes.HasPrefix(data, []byte("#")) && i >= 0 {
			i += len("\n\n") // of the header of a bundle, which has the names of refs
			if err := w.emit(Member{Path: p.path, Origin: origin}, bytes.NewReader(data[:i])); err != nil {
				return err
			}
			data = data[i:]
		}
		return w.heldPack(p, data)
	})
}

// heldPack is pack of a pack that is at hand.
func (w *walker) heldPack(p *packed, data []byte) error {
	memory := min(96<<20, w.room())
	if err := w.reserve(memory); err != nil {
		return err
	}
	from, size, err := gitpack.InMemory(w.ctx, data, memory, w.left)
	w.left -= size
	if !w.Again {
		w.opener.unpacked.Add(size)
	}
	switch {
	case errors.Is(err, gitpack.ErrLarge):
		return &boundError{"unpacked, it is more than may be"}
	case errors.Is(err, gitpack.ErrMemory):
		return &brokenError{err: errors.New("a pack of so many objects that there is no memory for them: not unpacked"), fault: true}
	case w.ctx.Err() != nil:
		return w.ctx.Err()
	case from == nil:
		return malformed()
	case err != nil:
		w.Note(p.path, errBroken, false)
	}
	defer from.Close()
	lost := 0
	walk := gitpack.Walk{
		Pack: from, Reach: packReach, Workers: 1, Memory: memory,
		Emit:   func(o gitpack.Object) error { return w.packObject(p, from, o) },
		Broken: func(int, error) { lost++ },
	}
	if err := walk.Run(w.ctx); err != nil {
		return err
	}
	if lost > 0 {
		w.Note(p.path, fmt.Errorf("%d objects that cannot be read", lost), false)
	}
	return nil
}

// packObject hands out an object, what is packed in it, or what is new in it.
func (w *walker) packObject(p *packed, from *gitpack.Pack, o gitpack.Object) error {
	if err := w.member(p, ""); err != nil {
		return err
	}
	kinds := [...]string{gitpack.Commit: "commit", gitpack.Tree: "tree", gitpack.Blob: "blob", gitpack.Tag: "tag"}
	id := from.ID(o.I)
	name := kinds[o.Kind] + " " + hex.EncodeToString(id[:])
	if o.Stream != nil {
		return w.content(p, name, false, -1, o.Size, o.Stream)
	}
	whole := len(o.Own) == 1 && o.Own[0] == gitpack.Span{End: len(o.Data)}
	if whole || Recognise(o.Data[:min(len(o.Data), HeadSize)], "") != None {
		return w.content(p, name, false, -1, o.Size, bytes.NewReader(o.Data))
	}
	for _, s := range o.Own {
		from, to := max(0, s.Start-packReach), min(len(o.Data), s.End+packReach)
		if from > 0 {
			from += cutWord(o.Data[from:s.Start])
		}
		if to < len(o.Data) {
			to -= cutWordBefore(o.Data[s.End:to])
		}
		part := o.Data[from:to]
		if err := w.emit(Member{Path: join(p.path, name), Offset: int64(from), Origin: -1}, io.Reader(bytes.NewReader(part))); err != nil {
			return err
		}
	}
	return nil
}

// cutWord returns how long the word is that text begins with, which is cut: what is left
// of one might be a credential. If there is nothing else, it is 0.
func cutWord(text []byte) int {
	n := 0
	for n < len(text) && isBase64(text[n]) {
		n++
	}
	return n % max(1, len(text))
}

// cutWordBefore is cutWord for the word that text ends with.
func cutWordBefore(text []byte) int {
	n := 0
	for n < len(text) && isBase64(text[len(text)-1-n]) {
		n++
	}
	return n % max(1, len(text))
}
