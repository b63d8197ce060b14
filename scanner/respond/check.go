package respond

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// finishAll checks the tokens that are to be checked.
func (r *carrying) finishAll(ctx context.Context) error {
	all := r.pending
	r.pending = nil
	for _, j := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.journal.broken != nil {
			return r.journal.broken
		}
		// The others are checked even if one is not as it should be.
		if err := r.finish(ctx, j); err != nil && isHalt(ctx, err) && r.journal.broken != nil {
			return err
		}
	}
	return nil
}

// finish checks a token and says in the journal that it is done. What is wrong
// with the first may be wrong with all, so that is a halt.
func (r *carrying) finish(ctx context.Context, j *job) error {
	if err := r.verify(ctx, j); err != nil {
		if d := (dead{}); errors.As(err, &d) {
			// Should the journal not take it, that is noticed with the failure.
			_ = r.write(j, Dead)
		}
		return r.fail(ctx, j, Verified, err)
	}
	if err := r.write(j, Done); err != nil {
		return r.fail(ctx, j, Done, err)
	}
	if err := r.tidy(j.it.TokenID); err != nil {
		return r.fail(ctx, j, Done, err)
	}
	r.result.Done++
	return nil
}

// verify asks Cloudflare, some times, until the token is as it should be.
// Cloudflare takes some seconds to know a new value everywhere.
func (r *carrying) verify(ctx context.Context, j *job) error {
	if j.it.Stage == Close {
		return nil
	}
	if r.Action == Roll && r.api.Finish != nil {
		if err := r.api.Finish(ctx, j.it.Target); err != nil {
			return err
		}
	}
	if r.Action == Roll && j.value == nil {
		return nil
	}
	due := time.Now()
	if !j.changed.IsZero() {
		due = j.changed.Add(r.options.CheckDelay)
	}
	for try := 1; ; try++ {
		if err := wait(ctx, due); err != nil {
			return err
		}
		err := r.look(ctx, j)
		if err == nil {
			return r.write(j, Verified)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if try >= r.options.CheckTries {
			return err
		}
		due = time.Now().Add(r.options.CheckDelay)
	}
}

// wait waits until a time.
func wait(ctx context.Context, until time.Time) error {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// look asks once, and returns what is not as it should be.
func (r *carrying) look(ctx context.Context, j *job) error {
	var err error
	switch {
	case r.Action == Roll:
		err = r.lookAtNew(ctx, j)
	case !j.it.Details.InUse: // after that, there is nothing to ask with
		err = r.lookAtToken(ctx, j)
	}
	if err != nil {
		return err
	}
	return r.lookAtLeaked(ctx, j)
}

// lookAtNew asks whether the new value works, unless the token was not in force
// before.
func (r *carrying) lookAtNew(ctx context.Context, j *job) error {
	status, detail := r.api.Status(ctx, j.it.Target, *j.value)
	before := j.it.Details.Status
	switch {
	case status == secret.Active, status == before && (before == secret.Disabled || before == secret.Expired):
		return nil
	case status == secret.Unknown || status == secret.Unchecked:
		return fmt.Errorf("whether the new value works is not known%s", inBrackets(detail))
	}
	err := fmt.Errorf("the new value does not work, it is %s%s", status, inBrackets(detail))
	if status == secret.Invalid {
		err = dead{err}
	}
	return halt{err}
}

// A dead error says that Cloudflare does not know the new value.
type dead struct{ error }

// lookAtToken asks whether a token is disabled or gone.
func (r *carrying) lookAtToken(ctx context.Context, j *job) error {
	d, err := r.api.Describe(ctx, j.it.Target)
	switch {
	case isGone(d, err), err == nil && r.Action == Disable && d.Status == secret.Disabled:
		return nil
	case err != nil:
		return fmt.Errorf("asking how the token is: %w", err)
	}
	return halt{fmt.Errorf("the token is %s", d.Status)}
}

// lookAtLeaked asks whether those of the leaked values that the caller knows
// are dead.
func (r *carrying) lookAtLeaked(ctx context.Context, j *job) error {
	if r.options.Leaked == nil {
		return nil
	}
	for _, t := range j.it.Leaked {
		v, ok := r.options.Leaked(t)
		if !ok || j.value != nil && v.Fingerprint() == j.value.Fingerprint() {
			continue
		}
		switch status, detail := r.api.Status(ctx, t, v); status {
		case secret.Active:
			return halt{fmt.Errorf("the leaked value still works%s", inBrackets(detail))}
		case secret.Unknown, secret.Unchecked:
			return fmt.Errorf("whether the leaked value is dead is not known%s", inBrackets(detail))
		}
	}
	return nil
}

func inBrackets(detail string) string {
	if detail == "" {
		return ""
	}
	return " (" + printable(detail) + ")"
}
