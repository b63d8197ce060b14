package report

import "errors"

// Tee returns a sink that hands on what it is given to each of sinks. One that
// fails is handed nothing more, and the others everything; Close returns the
// errors, joined, so that who stops at an error stops after the last.
func Tee(sinks ...Sink) Sink { return &tee{sinks: sinks} }

type tee struct {
	sinks []Sink
	errs  []error
}

// each calls do with the sinks that have not failed.
func (t *tee) each(do func(Sink) error) {
	var going []Sink
	for _, s := range t.sinks {
		if err := do(s); err != nil {
			t.errs = append(t.errs, err)
			continue
		}
		going = append(going, s)
	}
	t.sinks = going
}

func (t *tee) Begin(r Run) error {
	t.each(func(s Sink) error { return s.Begin(r) })
	return nil
}

func (t *tee) Finding(f Finding) error {
	t.each(func(s Sink) error { return s.Finding(f) })
	return nil
}

func (t *tee) Close(rc Receipt) error {
	t.each(func(s Sink) error { return s.Close(rc) })
	return errors.Join(t.errs...)
}
