package respond

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"al.essio.dev/pkg/shellescape"
)

// toCommand returns the delivery by a command. It is the operator's own, given
// on the command line; nothing that was scanned has a part in it.
func toCommand(s string) (*Delivery, error) {
	words, err := split(s)
	if err != nil {
		return nil, fmt.Errorf("reading the command: %w", err)
	}
	c := command(words)
	return &Delivery{
		// Its arguments may be secret: they are for whoever typed them, not for
		// a record that others read.
		name:    "exec:" + filepath.Base(words[0]),
		whole:   "exec:" + shellescape.QuoteCommand(words),
		ready:   c.ready,
		free:    func(*disk, *ledger, string) error { return nil },
		prepare: func(d *disk, _ int) error { return c.ready(d, nil) },
		deliver: c.deliver,
	}, nil
}

// A command is a program and its arguments.
type command []string

func (c command) ready(*disk, *ledger) error {
	_, err := exec.LookPath(c[0])
	return err
}

// A CommandError is the failure of a delivery by a command.
type CommandError struct {
	Err    error
	Output string // the beginning of what the command printed, without the value
}

// Error says why, without what the command printed: the journal keeps it.
func (e *CommandError) Error() string { return fmt.Sprintf("the delivery command: %v", e.Err) }

// Unwrap returns the reason.
func (e *CommandError) Unwrap() error { return e.Err }

// deliver runs the command for one value.
func (c command) deliver(ctx context.Context, _ *disk, _ *ledger, p parcel) error {
	timed, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	in, err := pipe(p.value)
	if err != nil {
		return &CommandError{Err: err}
	}
	defer in.Close()
	var out head
	cmd := exec.CommandContext(timed, c[0], c[1:]...)
	cmd.Env = environment(os.Environ(), p)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &out
	// What it leaves running may hold its output open.
	cmd.WaitDelay = 2 * time.Second
	err = runGroup(cmd)
	if errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success() {
		err = nil
	}
	switch {
	case err == nil && holdsMore(in):
		err = errors.New("it succeeded, and has not read the value")
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case timed.Err() != nil:
		err = fmt.Errorf("it had not ended after %v, and was killed", p.limit)
	}
	return &CommandError{Err: err, Output: printableLines(p.mask.mask(out.String()))}
}

// holdsMore tells whether something is left in a pipe that nobody writes to any
// more.
func holdsMore(pipe *os.File) bool {
	var b [1]byte
	n, _ := pipe.Read(b[:])
	return n > 0
}

// credentials are the variables that hold the operator's own credentials for
// Cloudflare, which a delivery has no need of.
var credentials = []string{
	"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_EMAIL",
	"CLOUDFLARE_API_USER_SERVICE_KEY", "CF_API_TOKEN", "CF_API_KEY", "CF_API_EMAIL",
}

// environment returns the environment of a delivery command.
func environment(inherited []string, p parcel) []string {
	env := slices.DeleteFunc(slices.Clone(inherited), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(credentials, func(c string) bool { return strings.EqualFold(c, name) })
	})
	return append(env,
		"LEAKFLARE_TOKEN_ID="+p.target.TokenID,
		"LEAKFLARE_ACCOUNT_ID="+p.target.AccountID,
		"LEAKFLARE_TOKEN_NAME="+printable(p.name))
}

// A head keeps the beginning of what is written to it.
type head struct {
	mu    sync.Mutex
	b     []byte
	isCut bool
}

// headSize is how much is kept.
const headSize = 4096

// Write implements [io.Writer], and never fails: a command must not either
// because it prints much.
func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := min(len(p), headSize-len(h.b))
	h.b = append(h.b, p[:n]...)
	h.isCut = h.isCut || n < len(p)
	return len(p), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	// The last bytes may be the beginning of a value, too few to be masked.
	if h.isCut {
		return string(h.b[:len(h.b)-gram]) + "…"
	}
	return string(h.b)
}
