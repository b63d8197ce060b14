package respond

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/leakflare/leakflare/detectors/secret"
)

// An escrow is a folder that holds each new value from the moment that it is
// known until it is delivered and checked: a file a value, named by the token
// and the attempt that made it, which holds the value and nothing else, or is
// encrypted to an age recipient.
type escrow struct {
	d    *disk
	dir  string
	to   []age.Recipient // none for values in the clear
	keys []age.Identity  // for what is encrypted, if given
}

// block is what is written to the place for a value before there is one.
const block = 4096

// sealed ends the names of encrypted values.
const sealed = ".age"

func newEscrow(o Options) (*escrow, error) {
	e := &escrow{d: o.disk, dir: o.Escrow}
	var err error
	if o.EscrowRecipient != "" {
		if e.to, err = recipients(o.EscrowRecipient); err != nil {
			return nil, fmt.Errorf("encrypting the escrow: %w", err)
		}
	}
	if o.EscrowIdentity == "" {
		return e, nil
	}
	data, err := os.ReadFile(o.EscrowIdentity)
	if err != nil {
		return nil, fmt.Errorf("reading the identity for the escrow: %w", err)
	}
	if e.keys, err = age.ParseIdentities(bytes.NewReader(data)); err != nil {
		// What age says of it may quote it.
		return nil, fmt.Errorf("reading the identity for the escrow: %s is not a file of age identities", o.EscrowIdentity)
	}
	return e, nil
}

// recipients parses an age recipient.
func recipients(s string) ([]age.Recipient, error) {
	if strings.HasPrefix(strings.ToUpper(s), "AGE-SECRET-KEY-") {
		return nil, errors.New("this is an age identity, which is secret: name its recipient")
	}
	to, err := age.ParseRecipients(strings.NewReader(s))
	if err != nil {
		return nil, fmt.Errorf("%q is not an age recipient", s)
	}
	return to, nil
}

// exposed returns an error if others can look into the folder, if there is one.
func (e *escrow) exposed() error {
	info, err := e.d.lstat(e.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", e.dir)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others can look into the folder %s (its mode is %04o): make it 0700", e.dir, info.Mode().Perm())
	}
	return nil
}

// prepare makes the folder and writes to it.
func (e *escrow) prepare(values int) error {
	if err := e.d.mkdirs(e.dir); err != nil {
		return err
	}
	if err := e.exposed(); err != nil {
		return err
	}
	return e.d.try(e.dir, space(values))
}

// space returns how much is written to try a place for so many values.
func space(values int) int { return max(1, min(values, 256)) * block }

// A slot is the place for a value that is still to come.
type slot struct {
	e         *escrow
	f         file
	tmp, name string
}

// reserve makes the place for the value of an attempt, with blocks on the disk
// that are enough for it.
func (e *escrow) reserve(token, attempt string) (*slot, error) {
	s := &slot{e: e, name: e.path(token, attempt, len(e.to) > 0)}
	s.tmp = s.name + ".tmp"
	var err error
	if s.f, err = e.d.create(s.tmp); err != nil {
		return nil, err
	}
	if _, err = s.f.WriteAt(padding(block), 0); err == nil {
		err = s.f.Sync()
	}
	if err == nil {
		err = e.d.syncDir(e.dir)
	}
	if err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

// put fills the place. When it returns nil, the value is on disk.
func (s *slot) put(v secret.Value) error {
	data, err := content(v, s.e.to)
	if err != nil {
		s.drop()
		return err
	}
	if _, err = s.f.WriteAt(data, 0); err == nil {
		err = s.f.Truncate(int64(len(data)))
	}
	if err == nil {
		err = s.f.Sync()
	}
	if cerr := s.f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = s.e.d.rename(s.tmp, s.name)
	}
	if err == nil {
		err = s.e.d.syncDir(s.e.dir)
	}
	return err
}

// drop gives the place up. What cannot be removed is removed when the token is
// done.
func (s *slot) drop() {
	s.f.Close()
	_ = s.e.d.remove(s.tmp)
}

func (e *escrow) path(token, attempt string, isSealed bool) string {
	name := filepath.Join(e.dir, token+"-"+attempt)
	if isSealed {
		name += sealed
	}
	return name
}

// at returns the escrow of another folder, or of the same if dir is empty.
func (e *escrow) at(dir string) *escrow {
	other := *e
	other.dir = cmp.Or(dir, e.dir)
	return &other
}

// away reports whether an attempt was made with another escrow that is not
// there, so that nobody can tell what is in it.
func (e *escrow) away(r record) bool {
	_, err := e.d.lstat(e.at(r.Escrow).dir)
	return r.Escrow != e.dir && r.Escrow != "" && errors.Is(err, fs.ErrNotExist)
}

// find returns the file that holds the value of an attempt, "" if none does. It
// is in the escrow, or in the one that the attempt was made with.
func (e *escrow) find(r record) (name string, isSealed bool, err error) {
	for _, dir := range []string{e.dir, r.Escrow} {
		for _, isSealed := range []bool{false, true} {
			name := e.at(dir).path(r.TokenID, r.Attempt, isSealed)
			_, err := e.d.lstat(name)
			if err == nil {
				return name, isSealed, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return "", false, fmt.Errorf("looking into the escrow: %w", err)
			}
		}
	}
	return "", false, nil
}

// get returns the value of an attempt.
func (e *escrow) get(r record) (secret.Value, error) {
	dir := e.dir
	name, isSealed, err := e.find(r)
	switch {
	case err != nil:
	case name == "":
		err = errors.New("it is not there any more")
	default:
		dir = filepath.Dir(name)
	}
	var data []byte
	if err == nil {
		data, err = e.d.read(name)
	}
	if err == nil && isSealed {
		data, err = e.open(data)
	}
	v := secret.New(data)
	if err == nil {
		err = usable(v)
	}
	if err == nil && r.New != nil && *r.New != sealOf(v.Fingerprint()) {
		err = errors.New("it is not the one that was put there")
	}
	if err != nil {
		return secret.Value{}, fmt.Errorf("reading the new value from the escrow %s: %w", dir, err)
	}
	return v, nil
}

func (e *escrow) open(data []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(data), e.keys...)
	if err != nil {
		return nil, fmt.Errorf("decrypting: %w", err)
	}
	data, err = io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("decrypting: %w", err)
	}
	return data, nil
}

// clear removes what there is of a token's attempts, in each escrow that they
// were made with. Values of attempts that the journal does not know are of
// another one, and stay.
func (e *escrow) clear(token string, h *history) error {
	dirs := maps.Clone(h.escrows)
	if dirs == nil {
		dirs = make(map[string]bool)
	}
	dirs[e.dir] = true
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		if err := e.at(dir).clearFolder(token, h.attempts); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (e *escrow) clearFolder(token string, attempts map[string]bool) error {
	names, err := e.d.list(e.dir)
	if err != nil {
		return err
	}
	removed := false
	for _, name := range names {
		rest, ours := strings.CutPrefix(name, token+"-")
		attempt := strings.TrimSuffix(strings.TrimSuffix(rest, ".tmp"), sealed)
		if !ours || !attempts[attempt] {
			continue
		}
		if err := e.d.remove(filepath.Join(e.dir, name)); err != nil {
			return err
		}
		removed = true
	}
	if !removed {
		return nil
	}
	return e.d.syncDir(e.dir)
}
