package respond

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A Step is how far the work on a token has come.
type Step string

const (
	Intent    Step = "intent"    // the call is about to be made
	Escrowed  Step = "escrowed"  // the new value is in the escrow
	Delivered Step = "delivered" // the new value is at its destination
	Dead      Step = "dead"      // Cloudflare does not know the new value
	Verified  Step = "verified"  // Cloudflare was asked, and it is as it should be
	Done      Step = "done"      // nothing is left to do
	Failed    Step = "failed"    // with the reason; how far the work has come stays as it was

	opened    Step = "opened"    // the first line of a journal
	recovered Step = "recovered" // a line cut off by a crash was removed
)

// format is what a journal begins with.
const format = "leakflare journal 1"

// A record is a line of the journal. It holds no secrets.
type record struct {
	Format    string               `json:"format,omitempty"` // in the first line, and first there
	Time      time.Time            `json:"time"`
	Action    Action               `json:"action,omitempty"`
	Step      Step                 `json:"step"`
	TokenID   string               `json:"token_id,omitempty"`
	AccountID string               `json:"account_id,omitempty"`
	Name      string               `json:"name,omitempty"`
	By        string               `json:"by,omitempty"`      // Options.By
	Attempt   string               `json:"attempt,omitempty"` // ties the lines of one call together, and its value in the escrow to them
	Escrow    string               `json:"escrow,omitempty"`  // folder for that value, in the line of the intent
	Leaked    []secret.Fingerprint `json:"leaked_sha256,omitempty"`
	New       *seal                `json:"new_seal,omitempty"`
	To        string               `json:"to,omitempty"`
	Reason    string               `json:"reason,omitempty"`
}

// A seal is what the journal knows a new value by: the SHA-256 of its SHA-256. That
// itself would be a secret: of an API token it is the secret access key for R2, of
// which the token's id is the access key id, and in force like the token. See
// https://developers.cloudflare.com/r2/api/tokens/.
type seal = secret.Fingerprint

func sealOf(f secret.Fingerprint) seal { return sha256.Sum256(f[:]) }

// A journal is a file of records, one a line, that only grows. Each line ends
// with a checksum of itself and of all before it, so that a line that was
// changed, removed or put in by accident is noticed. It is no seal: who can
// write the file can make another one.
type journal struct {
	d    *disk
	f    file
	name string
	now  func() time.Time
	*ledger
	broken error // after which nothing is written any more
}

// A ledger is what the lines of a journal say.
type ledger struct {
	size  int64  // of the whole lines
	torn  int64  // bytes after them that a crash left of a line
	chain string // the checksum of the last line
	works map[work]*history
}

// A work is one action on one token.
type work struct {
	action Action
	token  string
}

// A history is what the journal says of a work.
type history struct {
	at       record          // the last line of the last attempt, with what earlier ones of it said
	finished []record        // the lines that say done
	attempts map[string]bool // all there were
	values   map[seal]bool   // all new values there were
	places   map[string]bool // all destinations that one was on its way to
	escrows  map[string]bool // all escrows that one was to be put in
}

// on returns the history of a work, an empty one if there is none.
func (l *ledger) on(a Action, token string) *history {
	if h := l.works[work{a, token}]; h != nil {
		return h
	}
	return &history{}
}

// covers reports whether the work is done as to a leaked value.
func (h *history) covers(leaked secret.Fingerprint) bool {
	return slices.ContainsFunc(h.finished, func(r record) bool { return slices.Contains(r.Leaked, leaked) })
}

// underWay reports whether the work was begun and is not done.
func (h *history) underWay() bool { return h.at.Attempt != "" && h.at.Step != Done }

// add takes in a record.
func (l *ledger) add(r record) {
	if r.TokenID == "" {
		return
	}
	k := work{r.Action, r.TokenID}
	h := l.works[k]
	if h == nil {
		h = &history{attempts: map[string]bool{}, values: map[seal]bool{}, places: map[string]bool{}, escrows: map[string]bool{}}
		l.works[k] = h
	}
	switch {
	case r.Step == Failed:
		return
	case r.Step == Intent:
		h.at = record{}
	case r.Attempt != h.at.Attempt:
		return // no attempt goes on after the next has begun
	}
	h.attempts[r.Attempt] = true
	if r.New == nil {
		r.New = h.at.New
	}
	if r.Leaked == nil {
		r.Leaked = h.at.Leaked
	}
	if r.Escrow == "" {
		r.Escrow = h.at.Escrow
	}
	if r.Escrow != "" {
		h.escrows[r.Escrow] = true
	}
	if r.New != nil {
		h.values[*r.New] = true
	}
	if r.Step == Escrowed {
		h.places[r.To] = true
	}
	if r.Step == Done {
		h.finished = append(h.finished, r)
	}
	h.at = r
}

// readLedger reads a journal. One that does not exist is empty.
func readLedger(d *disk, name string) (*ledger, error) {
	l := &ledger{works: make(map[work]*history)}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading the journal %s: it is not a regular file", name)
	}
	data, err := d.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	if err := l.read(data); err != nil {
		return nil, fmt.Errorf("reading the journal %s: %w", name, err)
	}
	return l, nil
}

func (l *ledger) read(data []byte) error {
	for n := 1; len(data) > 0; n++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		r, chain, err := parseLine(l.chain, line)
		if whole && err == nil && n == 1 && r.Format != format {
			err = errForeign
		}
		if err == nil && whole {
			l.add(r)
			l.chain = chain
			l.size += int64(len(line) + 1)
			data = rest
			continue
		}
		if isTorn(n == 1, whole, data, rest) {
			l.torn = int64(len(data))
			return nil
		}
		if n == 1 {
			return errForeign
		}
		return fmt.Errorf("line %d is not as it was written; what was done cannot be told from it: restore it, or name another journal", n)
	}
	return nil
}

var errForeign = errors.New("it is not a journal of this version of leakflare")

// isTorn reports whether data, whose first line could not be read, is what a
// crash leaves of the last line: its beginning, or zero bytes where the system
// had not written yet. No line has zero bytes of its own. A first line must be
// recognisable, for it may be of any file.
func isTorn(first, whole bool, data, rest []byte) bool {
	line := data[:len(data)-len(rest)]
	zero := bytes.IndexByte(line, 0)
	if whole && (zero < 0 || len(bytes.Trim(rest, "\x00")) > 0) {
		return false
	}
	if !first || len(bytes.Trim(data, "\x00")) == 0 {
		return true
	}
	if zero >= 0 {
		line = line[:zero]
	}
	start := []byte(`{"format":"` + format + `"`)
	return bytes.HasPrefix(line, start) || len(line) > 0 && bytes.HasPrefix(start, line)
}

// chainKey is how the checksum of a line begins, which is its last field.
const chainKey = `,"chain":"`

// parseLine returns the record in a line, and its checksum if that is right.
func parseLine(before string, line []byte) (record, string, error) {
	i := bytes.LastIndex(line, []byte(chainKey))
	if i < 0 || !bytes.HasSuffix(line, []byte(`"}`)) {
		return record{}, "", errors.New("there is no checksum")
	}
	body, chain := line[:i], string(line[i+len(chainKey):len(line)-2])
	if chain != checksum(before, body) {
		return record{}, "", errors.New("the checksum is wrong")
	}
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		return record{}, "", err
	}
	return r, chain, nil
}

func checksum(before string, body []byte) string {
	sum := sha256.Sum256(append([]byte(before), body...))
	return hex.EncodeToString(sum[:16])
}

// openJournal opens the journal for this process alone, provided that it is as
// it was when seen was read from it, and makes it if there is none.
func openJournal(d *disk, name string, seen *ledger) (*journal, error) {
	dir := filepath.Dir(name)
	if err := d.mkdirs(dir); err != nil {
		return nil, fmt.Errorf("making the folder of the journal: %w", err)
	}
	f, err := d.open(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	j := &journal{d: d, f: f, name: name, now: time.Now}
	if err := j.begin(dir, seen); err != nil {
		f.Close()
		return nil, err
	}
	return j, nil
}

func (j *journal) begin(dir string, seen *ledger) error {
	if err := j.d.lock(j.f); err != nil {
		return fmt.Errorf("locking the journal %s: %w", j.name, err)
	}
	var err error
	if j.ledger, err = readLedger(j.d, j.name); err != nil {
		return err
	}
	if j.chain != seen.chain {
		return fmt.Errorf("the journal %s has grown since the plan was made: make the plan again", j.name)
	}
	if err := j.mend(); err != nil {
		return fmt.Errorf("mending the journal: %w", err)
	}
	if j.size == 0 {
		if err := j.append(record{Format: format, Step: opened}); err != nil {
			return err
		}
	}
	if err := j.d.syncDir(dir); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

// mend removes what a crash left of a line.
func (j *journal) mend() error {
	if j.torn == 0 {
		return nil
	}
	if err := j.f.Truncate(j.size); err != nil {
		return err
	}
	torn := j.torn
	j.torn = 0
	if j.size == 0 {
		return nil
	}
	return j.append(record{Step: recovered, Reason: fmt.Sprintf("%d bytes of a line that a crash had cut off were removed", torn)})
}

// append writes a record. When it returns nil, the record is on disk. After an
// error the journal takes no more: what is on disk then is not known.
func (j *journal) append(r record) error {
	if j.broken != nil {
		return j.broken
	}
	r.Time = j.now().UTC().Truncate(time.Millisecond)
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	body = body[:len(body)-1] // the checksum goes before the brace
	chain := checksum(j.chain, body)
	line := append(body, chainKey+chain+"\"}\n"...)
	if _, err = j.f.WriteAt(line, j.size); err == nil {
		err = j.f.Sync()
	}
	if err != nil {
		// A part of a line is tolerated, but it is better not there.
		_ = j.f.Truncate(j.size)
		j.broken = fmt.Errorf("writing the journal: %w", err)
		return j.broken
	}
	j.size += int64(len(line))
	j.chain = chain
	j.add(r)
	return nil
}

func (j *journal) close() error { return j.f.Close() }

// newAttempt returns a name for an attempt.
func newAttempt() string {
	var b [8]byte
	rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// Unfinished returns the tokens that the journal at name says an action was
// begun for and not finished: with them as targets a plan goes on where a run
// stopped, with no report at hand. An empty name stands for DefaultJournal.
func Unfinished(name string, action Action) ([]Target, error) {
	o, err := Options{Journal: name}.complete()
	if err != nil {
		return nil, err
	}
	l, err := readLedger(o.disk, o.Journal)
	if err != nil {
		return nil, err
	}
	var targets []Target
	for _, h := range l.unfinished(action) {
		leaked := h.at.Leaked
		if len(leaked) == 0 {
			leaked = []secret.Fingerprint{{}}
		}
		for _, f := range leaked {
			targets = append(targets, Target{TokenID: h.at.TokenID, AccountID: h.at.AccountID, Fingerprint: f, Begun: true})
		}
	}
	return targets, nil
}

// Finished returns the tokens that the journal at name says an action was done to,
// with each value that had leaked: what is known by its secret alone, and has
// another by now, can be told by it. An empty name stands for DefaultJournal.
func Finished(name string, action Action) ([]Target, error) {
	o, err := Options{Journal: name}.complete()
	if err != nil {
		return nil, err
	}
	l, err := readLedger(o.disk, o.Journal)
	if err != nil {
		return nil, err
	}
	var targets []Target
	for k, h := range l.works {
		for _, r := range h.finished {
			for _, f := range r.Leaked {
				if k.action == action {
					targets = append(targets, Target{TokenID: r.TokenID, AccountID: r.AccountID, Fingerprint: f})
				}
			}
		}
	}
	return targets, nil
}

// unfinished returns the histories of an action that are under way, in the
// order of the tokens.
func (l *ledger) unfinished(action Action) []*history {
	var all []*history
	keys := slices.SortedFunc(maps.Keys(l.works), func(a, b work) int { return bytes.Compare([]byte(a.token), []byte(b.token)) })
	for _, k := range keys {
		if h := l.works[k]; k.action == action && h.underWay() {
			all = append(all, h)
		}
	}
	return all
}
