package gitrepo

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// maxHeader is the size of the largest header of a bundle that is read, in bytes.
const maxHeader = 64 << 20

// IsBundle tells by the first bytes of a file whether it is a bundle, or a pack
// by itself.
func IsBundle(head []byte) bool {
	for _, magic := range []string{"# v2 git bundle\n", "# v3 git bundle\n", "PACK\x00\x00\x00\x02", "PACK\x00\x00\x00\x03"} {
		if len(head) >= len(magic) && string(head[:len(magic)]) == magic {
			return true
		}
	}
	return false
}

// OpenBundle returns the repository in a bundle: its objects and refs. A pack is
// a bundle without refs. Nothing is read yet.
func OpenBundle(file string, opt Options) (*Repository, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("opening bundle %q: %w", file, err)
	}
	opt = opt.withDefaults(file)
	display := path.Clean(filepath.ToSlash(opt.Display))
	return &Repository{
		gitDir: resolve(abs), common: resolve(abs), display: display, gitName: display,
		opt: opt, bundle: true, db: new(database), history: new(history),
	}, nil
}

// bundled emits the objects and the names of refs of a bundle.
func (w *walk) bundled(ctx context.Context) error {
	start, err := w.readBundle()
	if err != nil {
		w.tally.Fault(w.gitName, reason(err))
		return ctx.Err()
	}
	slices.SortFunc(w.refs, func(a, b ref) int { return cmp.Compare(a.name, b.name) })
	if err := w.emitRefs(); err != nil {
		return err
	}
	p, err := gitpack.WithoutIndex(ctx, w.common, start, w.opt.Workers, w.opt.Memory)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		w.tally.Fault(w.gitName, reason(err))
	}
	if p == nil {
		return nil
	}
	db := &database{memory: w.opt.Memory, unread: err != nil}
	db.addPack(p)
	db.sort()
	if err := w.objects(ctx, db); err != nil {
		return err
	}
	w.tally.Repositories.Store(1)
	return ctx.Err()
}

// readBundle reads the header of a bundle and returns where the pack begins.
//
// See gitformat-bundle(5).
func (w *walk) readBundle() (start int64, err error) {
	f, _, err := openRegular(w.common)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := bufio.NewReader(io.LimitReader(f, maxHeader))
	if magic, _ := in.Peek(4); string(magic) == "PACK" {
		return 0, nil
	}
	missing := 0
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		start += int64(len(line))
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "":
			if missing > 0 {
				w.tally.Skip(w.gitName, "a bundle that goes on from "+count(missing, "commit")+" that it has not")
			}
			return start, nil
		case strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "@object-format=") && line != "@object-format=sha1":
			return 0, errors.New("SHA-256 objects are not supported")
		case strings.HasPrefix(line, "@filter="):
			w.tally.Skip(w.gitName, "a bundle without some of the objects, as it says")
		case line[0] == '@':
		case line[0] == '-':
			missing++
		default:
			digits, name, _ := strings.Cut(line, " ")
			id, ok := parseRefID(digits)
			switch {
			case !ok:
				return 0, errors.New("malformed header")
			case name == "HEAD":
				w.heads = append(w.heads, head{name: name, id: id})
			default:
				w.refs = append(w.refs, ref{name, id})
			}
		}
	}
}
