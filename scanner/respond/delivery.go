package respond

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A Delivery brings new values to where they are used.
type Delivery struct {
	name  string // as the journal shows it
	whole string // as the plan does, if that is more

	// ready returns why nothing can be delivered, as far as can be told without
	// leaving a trace.
	ready func(d *disk, l *ledger) error
	// free returns why the value of one token cannot be delivered: there is
	// something at its place that is not known to be an earlier value of it.
	free func(d *disk, l *ledger, token string) error
	// prepare makes what is missing and writes as much as so many values need.
	prepare func(d *disk, values int) error
	// deliver brings a value, durably. To do it again does no harm.
	deliver func(ctx context.Context, d *disk, l *ledger, p parcel) error
}

// A parcel is a value on its way.
type parcel struct {
	target Target
	name   string
	value  secret.Value
	mask   masker        // what must not be shown
	limit  time.Duration // of a command
}

// String returns the destination without what may be secret in it.
func (d *Delivery) String() string { return d.name }

// Whole returns the destination with all arguments of a command, as the plan
// shows it: what they are decides where new values go. It means what was parsed,
// and quotes may stand elsewhere in it.
func (d *Delivery) Whole() string { return cmp.Or(d.whole, d.name) }

// ParseDelivery parses a destination as given on a command line:
//
//	dir:PATH            a folder with a file for each token, named by its id,
//	                    that holds the value with no newline
//	file:PATH           one file with a line "TOKEN_ID VALUE" for each token
//	exec:COMMAND        a command that is run for each token, with the value, and
//	                    no newline, on its standard input
//	age:RECIPIENT:PATH  a folder with a file for each token, named by its id and
//	                    ".age", that holds the value encrypted to an age recipient
//
// Files are for the user alone (0600), and each is replaced as a whole: at no
// time is there half a value. A folder that is missing is made, in one that is
// there. Files are not overwritten unless the journal shows that they hold
// earlier values of the same tokens.
//
// A command is split into words as a shell would split it, but no shell is run;
// what only a shell would do is refused unless quoted. It finds the token's id,
// account and name in LEAKFLARE_TOKEN_ID, LEAKFLARE_ACCOUNT_ID and
// LEAKFLARE_TOKEN_NAME, and otherwise the environment of leakflare without
// the credentials for Cloudflare in it. It must end with status 0 when the
// value is where it belongs, and must bear to be run again with the same value.
func ParseDelivery(s string) (*Delivery, error) {
	kind, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" {
		return nil, errors.New("a destination is dir:PATH, file:PATH, exec:COMMAND or age:RECIPIENT:PATH")
	}
	switch kind {
	case "dir":
		return toFolder(kind+":", rest, "", nil)
	case "file":
		return toFile(rest)
	case "exec":
		return toCommand(rest)
	case "age":
		recipient, path, _ := strings.Cut(rest, ":")
		if path == "" {
			return nil, errors.New("a destination of this kind is age:RECIPIENT:PATH")
		}
		to, err := recipients(recipient)
		if err != nil {
			return nil, err
		}
		return toFolder(kind+":"+recipient+":", path, sealed, to)
	}
	return nil, fmt.Errorf("%q is no kind of destination: use dir, file, exec or age", kind)
}

// toFolder returns the delivery to files in a folder.
func toFolder(prefix, path, ending string, to []age.Recipient) (*Delivery, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f := folder{dir: dir, ending: ending, to: to, name: prefix + dir}
	return &Delivery{name: f.name, ready: f.ready, free: f.free, prepare: f.prepare, deliver: f.deliver}, nil
}

type folder struct {
	name, dir, ending string
	to                []age.Recipient
}

func (f folder) ready(d *disk, _ *ledger) error {
	info, err := d.lstat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d.try(filepath.Dir(f.dir), 1)
	case err == nil && !info.IsDir() && info.Mode()&fs.ModeSymlink == 0:
		return fmt.Errorf("%s is not a folder", f.dir)
	}
	return d.try(f.dir, 1)
}

func (f folder) path(token string) string { return filepath.Join(f.dir, token+f.ending) }

func (f folder) free(d *disk, l *ledger, token string) error {
	data, err := existing(d, f.path(token))
	if err != nil || data == nil {
		return err
	}
	h := l.on(Roll, token)
	if f.to == nil && !h.values[sealOf(sha256.Sum256(data))] || f.to != nil && !h.places[f.name] {
		return fmt.Errorf("%s exists, and is not from an earlier roll of this token by this journal", f.path(token))
	}
	return nil
}

func (f folder) prepare(d *disk, values int) error {
	if err := d.mkdirs(f.dir); err != nil {
		return err
	}
	return d.try(f.dir, space(values))
}

func (f folder) deliver(_ context.Context, d *disk, l *ledger, p parcel) error {
	if err := f.free(d, l, p.target.TokenID); err != nil {
		return err
	}
	data, err := content(p.value, f.to)
	if err != nil {
		return err
	}
	return d.replace(f.path(p.target.TokenID), data)
}

// existing returns the content of a regular file, nil if there is none of the
// name.
func existing(d *disk, name string) ([]byte, error) {
	info, err := d.lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s exists, and is not a regular file", name)
	}
	data, err := d.read(name)
	if data == nil {
		data = []byte{}
	}
	return data, err
}

// toFile returns the delivery to lines of one file.
func toFile(path string) (*Delivery, error) {
	name, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f := lines{name}
	return &Delivery{
		name:    "file:" + name,
		ready:   f.ready,
		free:    func(*disk, *ledger, string) error { return nil }, // ready looks at all lines at once
		prepare: f.prepare,
		deliver: f.deliver,
	}, nil
}

// A lines is a file of lines "TOKEN_ID VALUE". To add one, the whole file is
// written again: so there is never half a line, and never a second one for a
// token that had to be rolled again.
type lines struct{ name string }

func (f lines) ready(d *disk, l *ledger) error {
	if _, err := f.load(d, l); err != nil {
		return err
	}
	return d.try(filepath.Dir(f.name), 1)
}

// load returns the lines of the file, if all of them are by this journal.
func (f lines) load(d *disk, l *ledger) ([][]byte, error) {
	data, err := existing(d, f.name)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(bytes.Lines(data))
	for _, line := range all {
		token, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		if !l.on(Roll, string(token)).values[sealOf(sha256.Sum256(value))] || line[len(line)-1] != '\n' {
			return nil, fmt.Errorf("%s exists, and not all of it is from earlier rolls by this journal", f.name)
		}
	}
	return all, nil
}

// prepare makes an empty file where there is none. One that is empty is taken
// for ours: there is nothing in it to lose.
func (f lines) prepare(d *disk, values int) error {
	if err := d.try(filepath.Dir(f.name), space(values)); err != nil {
		return err
	}
	data, err := existing(d, f.name)
	if err != nil || data != nil {
		return err
	}
	return d.replace(f.name, nil)
}

func (f lines) deliver(_ context.Context, d *disk, l *ledger, p parcel) error {
	all, err := f.load(d, l)
	if err != nil {
		return err
	}
	key := []byte(p.target.TokenID + " ")
	all = slices.DeleteFunc(all, func(line []byte) bool { return bytes.HasPrefix(line, key) })
	all = append(all, entry(p.target.TokenID, p.value))
	return d.replace(f.name, slices.Concat(all...))
}
