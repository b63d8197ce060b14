package respond

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// A Plan says what an action will do to each token, and why it cannot be done
// where it cannot. Making one changes nothing; Apply carries it out.
type Plan struct {
	Action   Action
	Items    []Item   // in the order in which they are acted on
	Problems []string // why none can be done, in sentences; a problem of one token is in its item
	Notes    []string

	api     API
	options Options
	escrow  *escrow
	seen    *ledger
}

// An Item is one token of a plan.
type Item struct {
	Target
	Leaked  []Target // all that the targets say of the token, the Target first
	Details Details  // zero where it was not read
	Stage   Stage
	Problem string // why it cannot be done, a sentence; empty if it can
	Notes   []string

	attempt string // that is under way
}

// A Stage is where the work on a token is taken up.
type Stage int

const (
	Begin   Stage = iota // nothing of it is done
	Again                // it was begun, and is begun again
	Deliver              // its new value is in the escrow
	Check                // its new value is delivered
	Close                // only the journal does not say yet that it is done
	Leave                // it is done
)

// NewPlan reads each token once and plans what is done to it. An error is a
// wrong use, or a journal that cannot be gone on with; why tokens cannot be
// acted on is in the plan.
func NewPlan(ctx context.Context, api API, action Action, targets []Target, options Options) (*Plan, error) {
	if action != Roll && action != Disable && action != Revoke {
		return nil, fmt.Errorf("%q is no action: use roll, disable or revoke", action)
	}
	options, err := options.complete()
	if err != nil {
		return nil, err
	}
	p := &Plan{Action: action, api: api, options: options}
	if p.escrow, err = newEscrow(options); err != nil {
		return nil, err
	}
	if p.seen, err = readLedger(options.disk, options.Journal); err != nil {
		return nil, err
	}
	if p.Items, err = items(targets); err != nil {
		return nil, err
	}
	for i := range p.Items {
		if err := p.consider(ctx, &p.Items[i]); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.Items, order)
	if !p.IsDone() {
		p.Problems = p.obstacles()
	}
	p.remember()
	return p, nil
}

// items returns an item for each token, sorted.
func items(targets []Target) ([]Item, error) {
	targets = slices.Clone(targets)
	for i, t := range targets {
		t.AccountID = strings.ToLower(t.AccountID)
		// It becomes the name of a file, and part of an address.
		if p, id := productOf(t); p != nil {
			if !p.isID(id) || t.AccountID == "" {
				return nil, fmt.Errorf("%q of the account %q is not the id of a %s", id, t.AccountID, p.what)
			}
		} else if t.TokenID = strings.ToLower(t.TokenID); !cfapi.IsID(t.TokenID) {
			return nil, fmt.Errorf("%q is not the id of a token: that is 32 hexadecimal digits", t.TokenID)
		}
		if t.AccountID != "" && !cfapi.IsID(t.AccountID) {
			return nil, fmt.Errorf("%q is not the id of an account: that is 32 hexadecimal digits", t.AccountID)
		}
		targets[i] = t
	}
	slices.SortStableFunc(targets, func(a, b Target) int {
		return cmp.Or(strings.Compare(a.TokenID, b.TokenID), strings.Compare(a.AccountID, b.AccountID),
			slices.Compare(a.Fingerprint[:], b.Fingerprint[:]))
	})
	var all []Item
	for _, t := range targets {
		if n := len(all); n > 0 && all[n-1].TokenID == t.TokenID {
			if all[n-1].AccountID != t.AccountID {
				return nil, fmt.Errorf("the %s is named twice, with different accounts", t)
			}
			if last := all[n-1].Leaked; last[len(last)-1].Fingerprint != t.Fingerprint {
				all[n-1].Leaked = append(last, t)
			}
			continue
		}
		all = append(all, Item{Target: t, Leaked: []Target{t}})
	}
	return all, nil
}

// order puts first what an earlier run left in the escrow, for somebody waits
// for it, and last the credential that all calls are made with.
func order(a, b Item) int {
	rank := func(it Item) int {
		switch {
		case it.Details.InUse:
			return 2
		case it.Stage >= Deliver:
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.AccountID, b.AccountID), strings.Compare(a.TokenID, b.TokenID))
}

// consider finds out where the work on a token stands, and what it is like. Its
// errors are of the context.
func (p *Plan) consider(ctx context.Context, it *Item) error {
	h := p.seen.on(p.Action, it.TokenID)
	isDone := !h.underWay() && len(h.finished) > 0 && !slices.ContainsFunc(it.Leaked, func(t Target) bool { return !h.covers(t.Fingerprint) })
	if isDone && p.Action == Roll {
		it.leave(h) // the leaked value is dead for ever
		return nil
	}
	if n := len(h.finished); n > 0 && !isDone {
		it.note("The journal has it as done on %s, but for another leaked value.", day(h.finished[n-1].Time))
	}
	if h.underWay() {
		it.attempt = h.at.Attempt
		it.Stage = Again
		if err := p.resume(ctx, it, h); err != nil {
			it.Problem = sentence(err)
			return nil
		}
	}
	details, err := p.api.Describe(ctx, it.Target)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	it.Details = details
	it.Notes = append(it.Notes, details.Notes...)
	if why := details.Not[p.Action]; why != "" {
		it.Details.Cannot = why
	}
	if it.Details.Name == "" {
		it.Details.Name = h.at.Name
	}
	if isDone && (isGone(details, err) || err == nil && p.idle(it)) {
		it.leave(h)
		return nil
	}
	if isDone {
		it.note("The journal has it as done on %s, but it is there again.", day(h.at.Time))
	}
	p.judge(it, err)
	return nil
}

// leave notes that a token is done.
func (it *Item) leave(h *history) {
	it.Stage = Leave
	it.Details.Name = h.at.Name
	it.note("It was done on %s, and is left alone.", day(h.at.Time))
}

// isGone reports whether Describe says that Cloudflare knows no such token.
func isGone(d Details, err error) bool {
	return errors.Is(err, ErrUnknown) || err == nil && d.Status == secret.Invalid
}

// resume finds out how far an earlier run has come with a token.
func (p *Plan) resume(ctx context.Context, it *Item, h *history) error {
	if h.at.Step == Verified {
		it.Stage = Close
		return nil
	}
	if p.Action != Roll {
		it.note("An earlier run began with it.")
		return nil
	}
	name, isSealed, err := p.escrow.find(h.at)
	place := "the escrow"
	if h.at.Escrow != "" && h.at.Escrow != p.escrow.dir && (name == "" || filepath.Dir(name) != p.escrow.dir) {
		place += " " + h.at.Escrow
	}
	switch {
	case err != nil:
		return err
	case h.at.Step == Dead && !p.revived(ctx, it, h):
		it.note("The new value that an earlier run delivered does not work: it is rolled again.")
	case h.at.Step == Delivered || h.at.Step == Dead:
		it.Stage = Check
		it.note("An earlier run rolled it, and delivered the new value to %s.", h.at.To)
		if name == "" || isSealed && p.escrow.keys == nil {
			it.note("Whether that works cannot be checked, for the escrow does not tell it.")
		}
	case name == "" && p.escrow.away(h.at):
		return fmt.Errorf("its new value may be in %s, which is not there: bring that back, or name it as the escrow to have the token rolled again", place)
	case name == "" && h.at.Step == Intent:
		it.note("An earlier run began to roll it. Nobody knows the value that it may have got: it is rolled again.")
	case name == "":
		it.note("An earlier run rolled it. Its new value is gone from %s: it is rolled again.", place)
	case isSealed && p.escrow.keys == nil:
		it.Stage = Deliver
		return fmt.Errorf("its new value is in the escrow and encrypted: give the age identity that opens %s", name)
	case h.at.Step == Intent && p.proposes(it):
		it.Stage = Deliver
		it.note("An earlier run made a new value for it, which is in %s: it is set again, and delivered.", place)
	default:
		it.Stage = Deliver
		it.note("An earlier run rolled it. Its new value is in %s, and is delivered.", place)
	}
	return nil
}

// proposes reports whether a new value is for us to make.
func (p *Plan) proposes(it *Item) bool {
	_, ok := p.propose(it.Target)
	return ok
}

// revived asks once more whether a delivered value works, that did not.
func (p *Plan) revived(ctx context.Context, it *Item, h *history) bool {
	v, err := p.escrow.get(h.at)
	if err != nil {
		return false
	}
	status, _ := p.api.Status(ctx, it.Target, v)
	return status != secret.Invalid
}

// judge says whether a token can be acted on, after it was described.
func (p *Plan) judge(it *Item, err error) {
	unknown := isGone(it.Details, err)
	d := &it.Details
	switch {
	case it.Stage >= Deliver:
		// What is left to do needs the value alone.
		if err != nil && !unknown {
			it.note("It cannot be read: %v.", printable(err.Error()))
		} else if unknown {
			it.note("Cloudflare does not know it any more.")
		}
	case unknown && it.Stage == Again && p.Action == Revoke && p.seen.on(p.Action, it.TokenID).at.By == p.options.By:
		it.note("Cloudflare does not know it any more: it is revoked.")
		d.Status = secret.Invalid
	case unknown:
		it.Problem = "Cloudflare knows no such token, or none that the credential can see."
	case err != nil:
		it.Problem = sentence(fmt.Errorf("it cannot be read: %w", err))
	case d.InUse && !p.options.AllowInUse:
		it.Problem = "It is the credential that leakflare itself works with, and is left alone unless that is asked for."
	case p.idle(it):
		it.note("It is disabled already.")
	case d.Cannot != "":
		it.Problem = printable(d.Cannot)
	case d.Credential == "":
		it.Problem = "There is no credential that can do it."
	case p.Action == Roll && (d.Status == secret.Disabled || d.Status == secret.Expired):
		it.note("It is %s, and stays so: its new value will not work before that is changed.", d.Status)
	}
	if p.Action == Roll && p.options.To != nil && it.Problem == "" && it.Stage <= Deliver {
		if err := p.options.To.free(p.options.disk, p.seen, it.TokenID); err != nil {
			it.Problem = sentence(err)
		}
	}
}

// idle reports whether a token is as the action would make it.
func (p *Plan) idle(it *Item) bool {
	return p.Action == Disable && it.Details.Status == secret.Disabled ||
		p.Action == Revoke && it.Details.Status == secret.Invalid
}

// obstacles returns why nothing can be done at all: places that cannot be
// written to, as far as can be told without leaving a trace.
func (p *Plan) obstacles() []string {
	var all []string
	add := func(what string, err error) {
		if err != nil {
			all = append(all, sentence(fmt.Errorf("%s: %w", what, err)))
		}
	}
	o := &p.options
	add("the journal cannot be written", o.disk.writable(o.Journal))
	if p.Action != Roll {
		return all
	}
	err := p.escrow.exposed()
	if err == nil {
		err = o.disk.tryAbove(o.Escrow)
	}
	add("new values cannot be kept in the escrow", err)
	if o.To == nil {
		return append(all, "No destination for new values is named.")
	}
	add("new values cannot be delivered", o.To.ready(o.disk, p.seen))
	return all
}

// remember notes what the journal has besides.
func (p *Plan) remember() {
	others := 0
	for _, h := range p.seen.unfinished(p.Action) {
		if !slices.ContainsFunc(p.Items, func(it Item) bool { return it.TokenID == h.at.TokenID }) {
			others++
		}
	}
	if others > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("The journal has %d more to %s that an earlier run began with and did not finish.", others, p.Action))
	}
}

// IsDone reports whether there are tokens that the action has been done to, and
// none that it is still to be done to. It leaves out of account those that it
// cannot be done to.
func (p *Plan) IsDone() bool {
	done := false
	for i := range p.Items {
		switch it := &p.Items[i]; {
		case it.Problem != "":
		case p.isDone(it):
			done = true
		default:
			return false
		}
	}
	return done
}

// isDone reports whether nothing is left to do to a token.
func (p *Plan) isDone(it *Item) bool {
	return it.Stage == Leave || it.Stage <= Again && p.idle(it)
}

// Err returns why the plan cannot be carried out, nil if it can.
func (p *Plan) Err() error {
	if len(p.Problems) > 0 {
		return errors.New("the plan cannot be carried out: " + strings.Join(p.Problems, " "))
	}
	n := 0
	first := ""
	for _, it := range p.Items {
		if it.Problem != "" {
			if n++; n == 1 {
				first = fmt.Sprintf("%s: %s", it.Target, it.Problem)
			}
		}
	}
	if n == 0 || p.options.LeaveOut && n < len(p.Items) {
		return nil
	}
	return fmt.Errorf("the plan cannot be carried out for %d of %d tokens: %s", n, len(p.Items), first)
}

func (it *Item) note(f string, args ...any) { it.Notes = append(it.Notes, fmt.Sprintf(f, args...)) }

// sentence returns an error as one.
func sentence(err error) string {
	s := printable(err.Error())
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
