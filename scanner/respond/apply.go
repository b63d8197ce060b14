package respond

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// An Event tells that the work on a token has come to a step.
type Event struct {
	Item Item
	Step Step
	Err  error // of Failed
}

// A Result says what became of the tokens of a plan.
type Result struct {
	Done    int // by this run
	Left    int // had been done before
	LeftOut int // cannot be done, and Options.LeaveOut says to go on without
	Open    int // the run ended before they were done
	Failed  []Failure
}

// A Failure is a token that is not done. Applying a plan with the same journal
// again goes on with it.
type Failure struct {
	Item Item
	Step Step  // that was not reached
	Err  error // perhaps a *CommandError
}

// Apply carries out a plan that can be carried out, and tells what it does as
// it goes. tell may be nil.
//
// It acts on one token after the other. A call that fails does not keep it from
// the next token, unless three fail in a row. It ends early when journal, escrow
// or destination fail, so that no more values are made than can be kept and
// delivered; when the first new value of the run does not work; and when ctx is
// cancelled, but for a call under way, whose value it still puts in the escrow.
//
// The error is nil if all tokens are done.
func Apply(ctx context.Context, p *Plan, tell func(Event)) (Result, error) {
	if err := p.Err(); err != nil {
		return Result{}, err
	}
	r := carrying{Plan: p, tell: tell}
	if r.tell == nil {
		r.tell = func(Event) {}
	}
	var err error
	if r.journal, err = openJournal(p.options.disk, p.options.Journal, p.seen); err != nil {
		return Result{Open: len(p.Items)}, err
	}
	defer r.journal.close() // each line of it is synced already
	err = r.all(ctx)
	res := &r.result
	res.Open = len(p.Items) - res.Done - res.Left - res.LeftOut - len(res.Failed)
	if err == nil && len(res.Failed) > 0 {
		err = res.Failed[0].Err
	}
	if err != nil {
		err = fmt.Errorf("%d of %d tokens are not done, and are gone on with by the same command: %w", res.Open+len(res.Failed), len(p.Items), err)
	}
	return r.result, err
}

// A carrying is a plan being carried out.
type carrying struct {
	*Plan
	journal *journal
	tell    func(Event)
	result  Result

	changed bool   // whether a token was changed by this run
	pending []*job // are to be checked
}

// A job is the work on one token.
type job struct {
	it      *Item
	attempt string
	value   *secret.Value // the new one, nil if not known
	mask    masker        // of it, and of the leaked ones that are known
	changed time.Time     // when this run has changed the token
}

// A halt is an error after which no further token is begun with.
type halt struct{ error }

// Unwrap returns the error.
func (h halt) Unwrap() error { return h.error }

func haltf(format string, args ...any) error { return halt{fmt.Errorf(format, args...)} }

// tooMany failing calls in a row say that the next will fail, too.
const tooMany = 3

// all works on all tokens.
func (r *carrying) all(ctx context.Context) error {
	if err := r.prepare(); err != nil {
		return err
	}
	row := 0
	var err error
	for i := range r.Items {
		it := &r.Items[i]
		if err = ctx.Err(); err != nil {
			break
		}
		if it.Details.InUse {
			// After this one, nothing can be asked with the credential.
			if err = r.finishAll(ctx); err != nil {
				break
			}
		}
		if err = r.one(ctx, it); err == nil {
			row = 0
			continue
		}
		if row++; isHalt(ctx, err) || row == tooMany {
			break
		}
		err = nil
	}
	// What is delivered is checked nevertheless, if it can be.
	if ferr := r.finishAll(ctx); err == nil {
		err = ferr
	}
	return err
}

func isHalt(ctx context.Context, err error) bool {
	var h halt
	return errors.As(err, &h) || ctx.Err() != nil
}

// prepare writes to the escrow and the destination, before anything is changed.
func (r *carrying) prepare() error {
	values := 0
	for _, it := range r.Items {
		if r.Action == Roll && it.Problem == "" && it.Stage <= Deliver {
			values++
		}
	}
	if values == 0 {
		return nil
	}
	if err := r.escrow.prepare(values); err != nil {
		return fmt.Errorf("preparing the escrow: %w", err)
	}
	if err := r.options.To.prepare(r.options.disk, values); err != nil {
		return fmt.Errorf("preparing the destination: %w", err)
	}
	return nil
}

// one works on a token until all that is left is to check it. The first that
// this run changes is checked at once.
func (r *carrying) one(ctx context.Context, it *Item) error {
	switch {
	case it.Problem != "":
		r.result.LeftOut++
		return nil
	case it.Stage == Leave:
		if err := r.tidy(it.TokenID); err != nil {
			return r.fail(ctx, &job{it: it}, Done, err)
		}
		r.result.Left++
		return nil
	}
	j := &job{it: it, attempt: it.attempt}
	step, err := r.act(ctx, j)
	if err != nil {
		return r.fail(ctx, j, step, err)
	}
	if first := !j.changed.IsZero() && !r.changed; !first {
		r.pending = append(r.pending, j)
		return nil
	}
	r.changed = true
	return r.finish(ctx, j)
}

// act does what is to be done before the check. With an error it returns the
// step that was not reached.
func (r *carrying) act(ctx context.Context, j *job) (Step, error) {
	if r.Action != Roll {
		return Intent, r.change(ctx, j)
	}
	switch j.it.Stage {
	case Begin, Again:
		if err := r.renew(ctx, j); err != nil {
			return Escrowed, err
		}
	case Deliver:
		if err := r.takeUp(ctx, j); err != nil {
			return Escrowed, err
		}
	case Check:
		if name, isSealed, err := r.escrow.find(r.history(j).at); err != nil {
			return Verified, err
		} else if name == "" || isSealed && r.escrow.keys == nil {
			return "", nil
		}
		return Verified, r.fetch(j)
	default:
		return "", nil
	}
	return Delivered, r.deliver(ctx, j)
}

// change disables or revokes a token.
func (r *carrying) change(ctx context.Context, j *job) error {
	isIdle := r.idle(j.it)
	if j.it.Stage == Close || j.it.Stage == Again && isIdle {
		return nil
	}
	j.attempt = newAttempt()
	if err := r.write(j, Intent); err != nil || isIdle {
		return err
	}
	call := r.api.Disable
	if r.Action == Revoke {
		call = r.api.Revoke
	}
	ctx, cancel := r.uncancelled(ctx)
	defer cancel()
	if err := call(ctx, j.it.Target); err != nil {
		return err
	}
	j.changed = time.Now()
	return nil
}

// uncancelled returns a context for a change: once it is asked for, its answer
// is waited for, within limits.
func (r *carrying) uncancelled(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), r.options.CallTimeout)
}

// renew rolls a token and puts the new value in the escrow. The package comment
// says why in this order.
func (r *carrying) renew(ctx context.Context, j *job) error {
	j.attempt = newAttempt()
	if err := r.write(j, Intent); err != nil {
		return err
	}
	place, err := r.escrow.reserve(j.it.TokenID, j.attempt)
	if err != nil {
		return haltf("making a place for the new value in the escrow: %w", err)
	}
	if v, ok := r.propose(j.it.Target); ok {
		r.know(j, v)
		if err := place.put(v); err != nil {
			return haltf("the new value could not be put in the escrow, and nothing was changed: %w", err)
		}
		return r.set(ctx, j)
	}
	ctx, cancel := r.uncancelled(ctx)
	defer cancel()
	v, err := r.api.Roll(ctx, j.it.Target)
	if err != nil {
		place.drop()
		return err
	}
	if err = usable(v); err == nil && slices.Contains(r.leaked(j), v.Fingerprint()) {
		err = errors.New("the answer holds the leaked value")
	}
	if err != nil {
		place.drop()
		return halt{err}
	}
	r.know(j, v)
	if err := place.put(v); err != nil {
		return haltf("the new value could not be put in the escrow, and the token must be rolled again: %w", err)
	}
	j.changed = time.Now()
	return r.write(j, Escrowed)
}

// propose makes a new value where that is for us to do.
func (p *Plan) propose(t Target) (secret.Value, bool) {
	if p.api.Propose == nil {
		return secret.Value{}, false
	}
	return p.api.Propose(t)
}

// set gives a token the value that we have made for it. That it is in the escrow
// the journal says only when the token has it.
func (r *carrying) set(ctx context.Context, j *job) error {
	ctx, cancel := r.uncancelled(ctx)
	defer cancel()
	if err := r.api.Set(ctx, j.it.Target, *j.value); err != nil {
		return err
	}
	j.changed = time.Now()
	return r.write(j, Escrowed)
}

// takeUp takes from the escrow what another run has put there.
func (r *carrying) takeUp(ctx context.Context, j *job) error {
	if err := r.fetch(j); err != nil {
		return err
	}
	if _, ours := r.propose(j.it.Target); ours && r.history(j).at.Step == Intent {
		return r.set(ctx, j)
	}
	if h := r.history(j); h.at.Step != Intent && h.places[r.options.To.String()] {
		return nil
	}
	return r.write(j, Escrowed) // the journal does not know it, or not for this destination
}

// fetch reads the new value from the escrow.
func (r *carrying) fetch(j *job) error {
	v, err := r.escrow.get(r.history(j).at)
	if err != nil {
		return err
	}
	r.know(j, v)
	return nil
}

// know takes note of the new value, and of what must not be shown from here on.
func (r *carrying) know(j *job, v secret.Value) {
	j.value = &v
	j.mask = make(masker)
	j.mask.add(v)
	if r.options.Leaked == nil {
		return
	}
	for _, t := range j.it.Leaked {
		if old, ok := r.options.Leaked(t); ok {
			j.mask.add(old)
		}
	}
}

// deliver delivers the new value. Where that fails, no further one is made:
// what uses the token would wait for it.
func (r *carrying) deliver(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := parcel{target: j.it.Target, name: j.it.Details.Name, value: *j.value, mask: j.mask, limit: r.options.CommandTimeout}
	if err := r.options.To.deliver(ctx, r.options.disk, r.journal.ledger, p); err != nil {
		return haltf("delivering the new value, which is safe in the escrow: %w", err)
	}
	return r.write(j, Delivered)
}

func (r *carrying) history(j *job) *history { return r.journal.on(r.Action, j.it.TokenID) }

// write writes in the journal how far the work on a token has come.
func (r *carrying) write(j *job, step Step) error {
	rec := r.record(j, step)
	if err := r.journal.append(rec); err != nil {
		return halt{err}
	}
	r.tell(Event{Item: *j.it, Step: step})
	return nil
}

func (r *carrying) record(j *job, step Step) record {
	rec := record{
		Action:    r.Action,
		Step:      step,
		TokenID:   j.it.TokenID,
		AccountID: j.it.AccountID,
		Name:      printable(j.it.Details.Name),
		By:        r.options.By,
		Attempt:   j.attempt,
		Leaked:    r.leaked(j),
	}
	if j.value != nil {
		f := sealOf(j.value.Fingerprint())
		rec.New = &f
	}
	if r.Action == Roll {
		rec.To = r.options.To.String()
	}
	if r.Action == Roll && step == Intent {
		rec.Escrow = r.escrow.dir
	}
	if step == Done && r.Action == Roll && j.value == nil && j.it.Stage == Check {
		rec.Reason = "not checked: the escrow does not tell the new value"
	}
	return rec
}

// leaked returns the leaked values that the work on a token is about: those of
// an earlier run that began with it, and those of this plan. A value that the
// work itself has made is not among them; if that has leaked, it takes another
// roll.
func (r *carrying) leaked(j *job) []secret.Fingerprint {
	h := r.history(j)
	var all []secret.Fingerprint
	if h.underWay() {
		all = append(all, h.at.Leaked...)
	}
	for _, t := range j.it.Leaked {
		made := h.underWay() && j.attempt == h.at.Attempt && h.at.New != nil && *h.at.New == sealOf(t.Fingerprint)
		if !made && !slices.Contains(all, t.Fingerprint) {
			all = append(all, t.Fingerprint)
		}
	}
	return all
}

// fail writes in the journal why the work on a token stops, and returns that.
// That the run is cancelled is no failure of the token's.
func (r *carrying) fail(ctx context.Context, j *job, step Step, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err
	}
	if text := j.mask.mask(err.Error()); text != err.Error() {
		stops := isHalt(ctx, err)
		if err = errors.New(text); stops {
			err = halt{err}
		}
	}
	r.result.Failed = append(r.result.Failed, Failure{Item: *j.it, Step: step, Err: err})
	r.tell(Event{Item: *j.it, Step: Failed, Err: err})
	rec := r.record(j, Failed)
	rec.Reason = printable(err.Error())
	if jerr := r.journal.append(rec); jerr != nil {
		return halt{jerr}
	}
	return err
}

// tidy removes from the escrow what there is of a token that is done.
func (r *carrying) tidy(token string) error {
	if r.Action != Roll || r.options.KeepEscrow {
		return nil
	}
	if err := r.escrow.clear(token, r.journal.on(r.Action, token)); err != nil {
		return fmt.Errorf("removing the delivered value from the escrow: %w", err)
	}
	return nil
}
