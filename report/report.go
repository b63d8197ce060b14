// Package report defines a finding and writes findings in each of its [Formats],
// which are sinks over a writer that the caller owns. [Tee] writes several at
// once; [ReadJSON] reads a report again, and [Merge] makes one of several.
//
// A finding holds the mask and the fingerprint of a credential, never the
// credential, so that no format can leak what it was not given. Whoever makes
// a finding sees to it that its other strings (paths, messages of commits,
// names) do not hold it either.
//
// Those strings come out of scanned content. No format lets through what in
// them would act on a terminal, on a CI system or on whoever reads the report.
package report

import (
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A Sink writes one report. Begin is called first and once, then Finding for
// each finding in the order of the report, then Close once, also when the scan
// was cut short. Nothing is complete before Close. A Sink does not close the
// writer beneath it.
type Sink interface {
	Begin(Run) error
	Finding(Finding) error
	Close(Receipt) error
}

// A Report is a whole one.
type Report struct {
	Run      Run
	Findings []Finding
	Receipt  Receipt
}

// Write writes r to a sink, from Begin to Close.
func (r Report) Write(s Sink) error {
	if err := s.Begin(r.Run); err != nil {
		return err
	}
	for _, f := range r.Findings {
		if err := s.Finding(f); err != nil {
			return err
		}
	}
	return s.Close(r.Receipt)
}

// Summary counts the findings of r.
func (r Report) Summary() Summary {
	var s Summary
	for _, f := range r.Findings {
		s.Add(f)
	}
	return s
}

// A Run says what is being reported on.
type Run struct {
	Version   string   // of leakflare
	Targets   []string // as given by the user
	StartedAt time.Time
	Rules     []Rule // all that were looked for, in the order of the documentation
}

// A Rule describes a kind of credential.
type Rule struct {
	ID          string            `json:"id"` // stable
	Title       string            `json:"title"`
	Description string            `json:"description"`         // what the credential is and how it is told from a look-alike, a sentence or two
	Advice      string            `json:"advice"`              // what to do when it leaked, in plain text of a line or more
	HelpURL     string            `json:"help_url,omitempty"`  // Cloudflare's page about it
	Severity    float64           `json:"severity"`            // 0 to 10, as in CVSS
	Confidence  secret.Confidence `json:"confidence,omitzero"` // the greatest that a match of it can have; 0 if not known
	Rollable    bool              `json:"rollable,omitempty"`  // it is an API token, which leakflare can roll, disable and revoke by its id
	Rotatable   bool              `json:"rotatable,omitempty"` // it is the secret of something that leakflare can give another one
}

// A Finding is one distinct credential with all the places where it stands.
type Finding struct {
	Rule         string             `json:"rule"`
	Title        string             `json:"title"`
	Fingerprint  secret.Fingerprint `json:"secret_sha256"`
	Masked       string             `json:"masked"`
	Confidence   secret.Confidence  `json:"confidence"`
	Reason       string             `json:"reason"` // why the confidence is what it is
	Status       secret.Status      `json:"status"`
	StatusDetail string             `json:"status_detail,omitempty"`
	Encoding     string             `json:"encoding"`             // how it was written: plain if it stands anywhere in plain text, else base64, utf-16, …
	KeyID        string             `json:"key_id,omitempty"`     // what names it and is no secret: an access key id, a client id, a tunnel's id
	TokenID      string             `json:"token_id,omitempty"`   // Cloudflare's id of the token, which is not secret; of an R2 key that of the token that it is made from
	TokenOf      string             `json:"token_of,omitempty"`   // who owns the token, as Cloudflare says: a user or an account, OfUser or OfAccount
	Owner        string             `json:"owner,omitempty"`      // address of the user that it is of, from Cloudflare
	AccountID    string             `json:"account_id,omitempty"` // likeliest account, from nearby or from Cloudflare
	AccountIDs   []string           `json:"account_ids,omitempty"`
	Emails       []string           `json:"emails,omitempty"`       // addresses beside a Global API key, likeliest first
	DerivedFrom  string             `json:"derived_from,omitempty"` // mask of the API token that an R2 key is made from, which was found too
	Derives      secret.Fingerprint `json:"derives,omitzero"`       // of the R2 key that is made from this token, which was found too; zero if none was
	Identity     *Identity          `json:"identity,omitempty"`     // nil if nobody asked what it can do
	Locations    []Location         `json:"locations"`              // at least one, in the order of [Sort]

	// Suppressed says why the finding does not count. It is nil for one that does.
	Suppressed *Suppression `json:"suppressed,omitempty"`
}

// A Suppression says who decided that a finding does not count, and why.
type Suppression struct {
	By     string    `json:"by"`               // ByIgnoreFile, ByMark or ByBaseline
	Where  string    `json:"where,omitempty"`  // the file that says so, and its line if it has one: path:line
	Reason string    `json:"reason,omitempty"` // in the words of whoever decided
	Until  time.Time `json:"until,omitzero"`   // midnight UTC after the last day; zero if it does not end
}

// Who decided that a finding does not count.
const (
	ByIgnoreFile = "ignore-file"
	ByMark       = "mark" // on the line itself
	ByBaseline   = "baseline"
)

// Who owns a token.
const (
	OfUser    = "user"
	OfAccount = "account" // that of AccountID
)

// An Identity is what Cloudflare says of a credential that it knows: what it is
// called and what it can do, or could if it were enabled. Times are zero where there are none.
type Identity struct {
	Risk       Risk      `json:"risk"`
	RiskReason string    `json:"risk_reason"` // why, in a line
	Name       string    `json:"name,omitempty"`
	Reaches    []string  `json:"reaches,omitempty"` // what it may do and where, a line for each resource
	CanMint    bool      `json:"can_mint"`          // it can make further tokens
	IssuedOn   time.Time `json:"issued_on,omitzero"`
	ModifiedOn time.Time `json:"modified_on,omitzero"`
	LastUsedOn time.Time `json:"last_used_on,omitzero"`
	ExpiresOn  time.Time `json:"expires_on,omitzero"`
	NotBefore  time.Time `json:"not_before,omitzero"`
	FromIPs    []string  `json:"from_ips,omitempty"`     // addresses that alone may use it
	NotFromIPs []string  `json:"not_from_ips,omitempty"` // addresses that may not
	Note       string    `json:"note,omitempty"`         // what could not be seen, and why
}

// A Risk says what whoever has a credential can do with it.
type Risk string

const (
	Critical    Risk = "critical" // all that its owner can, or make further tokens
	HighRisk    Risk = "high"     // change things everywhere
	MediumRisk  Risk = "medium"   // change some things
	LowRisk     Risk = "low"      // read
	UnknownRisk Risk = "unknown"  // what it may do could not be seen
)

// Kinds of location, as in reports.
const (
	kindFile  = "file"
	kindGit   = "git"
	kindIndex = "index"
	kindStdin = "stdin"
)

// RefName is the Part of a location that is the name of a ref.
const RefName = "ref name"

// A Location is a place where a credential stands. Its fields are those of
// source.Location, to which it converts.
type Location struct {
	Kind   string `json:"source"`
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Offset int64  `json:"offset"`

	Container string `json:"container,omitempty"`

	About bool `json:"-"` // it was of use before it came into a report

	Part string `json:"part,omitempty"`

	Repository string    `json:"repository,omitempty"`
	Blob       string    `json:"blob,omitempty"`
	Commit     string    `json:"commit,omitempty"`
	Author     string    `json:"author,omitempty"`
	Email      string    `json:"email,omitempty"`
	Date       time.Time `json:"date,omitzero"`
	Summary    string    `json:"summary,omitempty"`
	Refs       []string  `json:"refs,omitempty"`
	InHead     bool      `json:"in_head"`
	Reachable  bool      `json:"reachable"`
}

// A Receipt tells what a scan read and what it did not.
type Receipt struct {
	Duration     time.Duration
	Complete     bool // nothing that should have been read was left out, and something was read
	Interrupted  bool // the scan was stopped before its end
	Files        int64
	Repositories int64
	Objects      int64
	Commits      int64
	Bytes        int64
	Skipped      []Skip // sorted by path
	SkippedMore  int64  // further ones, not listed
	Rejected     []RejectedCount
	Examples     []Rejected // the rejected candidates themselves, if they were asked for
	Suppressed   []SuppressedCount
	Idle         []IdleEntry // in the order of the files
}

// A SuppressedCount says how many findings do not count, and who decided that.
type SuppressedCount struct {
	By    string `json:"by"` // as in a Suppression
	Count int64  `json:"count"`
}

// An IdleEntry is an entry of an ignore file or a baseline that suppresses
// nothing: it matched nothing, or has expired.
type IdleEntry struct {
	Where string `json:"where"` // the file, and the line if it has one: path:line
	Why   string `json:"why"`
}

// A Skip is something that was not read. A fault makes the scan incomplete. What is
// closed has more in it than could be read, though nobody is at fault: somebody may have
// the password of an archive, or a whole one. Its fields are those of source.Skip, to
// which it converts.
type Skip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Fault  bool   `json:"fault"`
	Closed bool   `json:"closed,omitempty"`
}

// A RejectedCount says how many candidates of a rule were not reported, and why.
type RejectedCount struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// A Rejected is a candidate that was not reported: it has a credential's shape
// and is none.
type Rejected struct {
	Rule     string   `json:"rule"`
	Masked   string   `json:"masked"`
	Reason   string   `json:"reason"`
	Location Location `json:"location"`
}
