// Package respond plans and carries out what is done about a leaked API token:
// it is rolled (gets a new value, and the old one dies), disabled or revoked. The
// same is done, as far as there is an API for it, to service tokens of Access, to
// tunnels and to Turnstile widgets; what is said of tokens holds for them too.
//
// A [Selection] says which tokens of a report, or of a text, can be acted on, and
// an [Agent] acts on them with the operator's credential or their own. With its
// [API], a [Plan] says what will be done, and [Apply] does it. The package takes no
// credential from the environment, and leaves it to its caller to talk to people.
//
// # The order of a roll
//
// Cloudflare shows a new value once, in its answer to the call that makes it,
// and the old value is dead by then. Until the new one is on disk, it can be
// lost with the process, and what uses the token stands still. So the order is:
//
//  1. The destination and the escrow are written to and synced: a full or
//     read-only disk is found while nothing has changed.
//  2. The journal says that the token will be rolled, and with which escrow. From
//     here on a dead process leaves a trace; without this line its successor would
//     not know that the token may have a value that nobody has, nor, should it
//     have another escrow, where else to look for that. Then the place for the
//     value is made in the escrow, with the blocks on the disk that it needs.
//  3. The call. It is not cancelled when the run is: its answer is the only
//     copy of the value. (That of a tunnel we make ourselves: it is in the escrow
//     before the call, and a run that cannot tell whether the call was carried out
//     makes it again with the same value.)
//  4. The value goes to the escrow, file and folder synced, before anything
//     else is done with it, were it only a line in the journal.
//  5. The journal says that it is there. What is found at the destination later
//     can be told to be ours by this line.
//  6. The delivery, which may fail and be repeated as often as it takes.
//  7. The journal says so, and Cloudflare is asked after some seconds (it takes
//     a few until it knows a new value) whether the new value works and, if the
//     leaked one is known, whether that is dead. The first roll of a run is
//     checked before the next begins, so that what is wrong with all of them is
//     found at one.
//  8. The journal says that the token is done. Only then does the escrow forget
//     the value: its reason to be is a delivery that may yet fail, and after it
//     a copy in the clear would be one more thing to leak.
//
// # After a crash
//
// The same command with the same journal goes on where the last one stopped. A
// token that is done is left alone. One whose roll was begun, with no value in
// the escrow, is rolled again: its value is known to nobody. A value in the
// escrow is delivered, a delivered one checked. That is so with another escrow
// too, unless the folder of the first is gone: what is in it is told by nobody,
// and its token is not rolled again before that is asked for. An error of the call is like a
// crash, for it does not tell whether the change took place. Such a call may
// even arrive after its successor, and kill the value that this one has made:
// so a delivered value that Cloudflare says it does not know is noted as dead,
// and if it is still dead when the next run asks, the token is rolled again.
// Disabling and revoking can be repeated without harm, and are.
//
// No new value stands in an argument, an environment variable, an error or the
// journal.
package respond

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// An Action is what is done to a token.
type Action string

const (
	Roll    Action = "roll"    // a new value; the old one dies at once
	Disable Action = "disable" // no value works until somebody enables it again
	Revoke  Action = "revoke"  // the token is deleted
)

// A Target is a token to act on, as a report names it: ids are no secrets.
type Target struct {
	// TokenID is that of an API token, 32 hexadecimal digits, or says of another
	// kind which it is and what names it: "tunnel-" and a tunnel's id, "access-" and
	// a client id, "turnstile-" and a site key. It is the name of a file, and keeps
	// the kinds apart in the journal.
	TokenID     string
	AccountID   string             // of an account's token, and of all other kinds; empty for a user's token
	Title       string             // of the kind, for people
	Masked      string             // the leaked value, for people
	Fingerprint secret.Fingerprint // of the leaked value
	Begun       bool               // an earlier run began with it: see Unfinished
}

// An API is what remediation asks of Cloudflare, as an [Agent] does. Its errors
// hold no secrets. All of it must be set, but for what may be nil.
type API struct {
	// Describe reads the token as it is now. Where Cloudflare knows no such
	// token, its error is ErrUnknown or wraps it, or the status is Invalid.
	Describe func(ctx context.Context, t Target) (Details, error)
	// Roll gives the token a new value and returns it.
	Roll func(ctx context.Context, t Target) (secret.Value, error)
	// Disable sends back the whole token as just read, disabled.
	Disable func(ctx context.Context, t Target) error
	// Revoke deletes the token.
	Revoke func(ctx context.Context, t Target) error
	// Propose makes a new value before the call, where that is for us to do, and
	// tells whether it is. Set then takes the place of Roll, and may be repeated with
	// the same value. Both may be nil: Cloudflare makes all values.
	Propose func(t Target) (secret.Value, bool)
	Set     func(ctx context.Context, t Target, v secret.Value) error
	// Finish does what is left to do once the new value is delivered, so that the
	// old one is dead. It may be repeated, and may be nil.
	Finish func(ctx context.Context, t Target) error
	// Status asks whether a value of the token works, and adds details in words. It
	// is Unknown, and the details say why, where that could not be told.
	Status func(ctx context.Context, t Target, v secret.Value) (secret.Status, string)
}

// ErrUnknown says that Cloudflare knows no such token.
var ErrUnknown = errors.New("no such token is known to Cloudflare")

// Details describe a token as it is now.
type Details struct {
	Name, Owner string
	Status      secret.Status
	Reaches     []string // in plain words
	LastUsed    time.Time
	Credential  string            // which credential will act on it, in words; empty if none can
	Cannot      string            // why it cannot be done by API and which page of the dashboard does it; empty if it can
	Not         map[Action]string // why some action cannot be done to such a thing at all, likewise
	Breaks      string            // what will, in words; whatever uses it, if that is empty
	Notes       []string          // to be known before it is done
	InUse       bool              // it is the credential that leakflare itself uses
}

// Options say how a plan is made and carried out. The zero Options are enough
// to disable or revoke; a roll needs a destination.
type Options struct {
	To *Delivery // where new values go

	Journal string // file, default DefaultJournal
	Escrow  string // folder, default beside the journal: its name and ".escrow"

	// EscrowRecipient is an age recipient that values in the escrow are
	// encrypted to, "" for none. A run that takes up what another left in such
	// an escrow needs EscrowIdentity, the name of a file of age identities.
	EscrowRecipient, EscrowIdentity string
	KeepEscrow                      bool // keep values in the escrow when they are done

	// By names the credential that is worked with, and is no secret. That a token
	// is gone means something only to the credential that was to delete it: others
	// may never have seen it.
	By string

	AllowInUse bool // act on the credential that leakflare itself uses, too; it comes last
	LeaveOut   bool // carry the plan out without the tokens that it cannot be carried out for

	// Leaked returns the leaked value of a target where the caller knows it. It
	// is then checked that it is dead.
	Leaked func(t Target) (secret.Value, bool)

	CheckDelay     time.Duration // before each check, default 8s
	CheckTries     int           // default 4
	CallTimeout    time.Duration // of a change that a cancelled run waits for, with the pauses that Cloudflare asks for; default 6min
	CommandTimeout time.Duration // of a delivery by a command, default 60s

	disk *disk // default the real one
}

// DefaultJournal returns where the journal is if nothing else is said: in the
// state folder of the XDG base directory specification. All runs of a user
// share it, so that whichever comes after a crash goes on.
func DefaultJournal() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the specification: others are to be ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("looking for a place for the journal: %w", err)
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "leakflare", "respond.jsonl"), nil
}

// complete returns o with what is not given set to its default, and files
// named from the root.
func (o Options) complete() (Options, error) {
	var err error
	if o.Journal == "" {
		if o.Journal, err = DefaultJournal(); err != nil {
			return o, err
		}
	}
	if o.Journal, err = filepath.Abs(o.Journal); err != nil {
		return o, fmt.Errorf("naming the journal: %w", err)
	}
	if o.Escrow == "" {
		o.Escrow = o.Journal + ".escrow"
	}
	if o.Escrow, err = filepath.Abs(o.Escrow); err != nil {
		return o, fmt.Errorf("naming the escrow: %w", err)
	}
	if o.disk == nil {
		o.disk = realDisk()
	}
	orElse(&o.CheckDelay, 8*time.Second)
	orElse(&o.CheckTries, 4)
	orElse(&o.CallTimeout, 6*time.Minute)
	orElse(&o.CommandTimeout, time.Minute)
	return o, nil
}

// orElse sets what is zero.
func orElse[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}
