// Package detectors knows the credentials Cloudflare issues: what each kind
// looks like, how to tell a real one from a look-alike without the network,
// and what to do when it leaked.
//
// Each kind is one [Detector] value in a file of its own, listed in [All]. To
// add a kind, add the file and the line; nothing outside this package changes.
//
// # Bounded window
//
// Whether and what a [Set] finds depends on at most [Reach] bytes to either
// side of a credential's first byte, because a detector is handed no more.
// Content may therefore be presented in pieces: if consecutive pieces overlap
// by Reach on both sides of what they own, the matches are those of the whole.
package detectors

import (
	"context"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// Reach is how many bytes to either side of a credential's first byte its
// recognition may depend on, in the content as it stands, whatever the
// encoding.
const Reach = 512

// All lists every detector, in the order of the documentation.
var All = []*Detector{
	UserToken,
	AccountToken,
	GlobalKey,
	LegacyToken,
	LegacyGlobalKey,
	AccessSecret,
	OAuthToken,
	TunnelToken,
	R2Key,
	TurnstileSecret,
	OriginCAKey,
	RealtimeSecret,
	StreamKey,
	DeployHook,
	NewToken,
}

// ByID returns the detector of All with an id, nil if there is none.
func ByID(id string) *Detector {
	if i := slices.IndexFunc(All, func(d *Detector) bool { return d.ID == id }); i >= 0 {
		return All[i]
	}
	return nil
}

// A Detector describes one kind of Cloudflare credential.
type Detector struct {
	ID          string            // stable name, as in reports and baselines
	Title       string            // for people
	Description string            // what it is and how it is told from a look-alike
	Advice      string            // what to do when it leaked
	HelpURL     string            // Cloudflare's page about it
	Severity    float64           // 0 to 10, as in CVSS
	Confidence  secret.Confidence // of a match at best

	Shapes []Shape // in which it is issued, or was

	// GlobalKey tells that the kind is a user's Global API key: it goes with the
	// address of the user and never as a token, may do all that the user may, has
	// no id, and is changed in the dashboard alone.
	GlobalKey bool

	// APIToken tells that the kind is an API token: Cloudflare says what one may do,
	// and keys for R2 are made from it.
	APIToken bool

	// Rollable tells that the kind is an API token or made from one: it has an id, by
	// which it can be rolled, disabled and deleted through the API.
	Rollable bool

	// Rotatable tells that the kind is the secret of something that can be given
	// another one by API: a service token, a tunnel, a widget.
	Rotatable bool

	// Verify asks Cloudflare whether a credential works. It makes no more requests
	// than c may, and none that changes something or uses the credential up. It is nil
	// for kinds of which nothing is known that could be asked.
	Verify func(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict
}

// A Shape is a form in which a kind of credential is issued: it has either a
// prefix, which begins with "cf", or is told by the length of its run, the longest
// stretch of characters of base64 (letters, digits and "-_+/") around it. None is
// shorter than minRun.
type Shape struct {
	Prefix         string // "" for one that has none
	MinRun, MaxRun int    // length of the run, in bytes, math.MaxInt for any; with a prefix the first alone
	Hex            bool   // whether the run is nothing but lower-case hexadecimal digits

	// Within tells that a run which only reaches into what is looked at is a candidate
	// too. It may be looked at several times.
	Within bool

	// Likely, if set, tells at a glance whether to ask Recognize, from the same. Most
	// runs are nothing of the kind.
	Likely func(text []byte, at int) bool

	// Recognize decides on the candidate that begins at text[at:]: with the
	// prefix, or with a run that fits. text is what surrounds it, at
	// most Reach bytes to either side, with encodings undone; it must not be
	// kept. The Start and End of the match are indices of text.
	Recognize func(text []byte, at int) (Match, bool)
}

// HasPrefix tells whether value begins as no other kind of credential does than d:
// with a whole prefix, which ends in '_'.
func (d *Detector) HasPrefix(value string) bool {
	return slices.ContainsFunc(d.Shapes, func(s Shape) bool {
		return strings.HasSuffix(s.Prefix, "_") && strings.HasPrefix(value, s.Prefix)
	})
}

// A Match is a credential, or a candidate that turned out to be none.
type Match struct {
	Detector   *Detector
	Span       Span // where it stands, in the data as it was handed in
	Secret     secret.Value
	Confidence secret.Confidence
	Reason     string // why the confidence is what it is, in words
	Encoding   string // how it was written: plain, base64, base64-wrapped, utf-16, hex, joined, base64/percent, …

	// Rejected says in words why this candidate is no finding: it has a
	// credential's shape and its checksum does not close, or it is a published
	// example. It is empty for a credential.
	Rejected string

	// ByPath tells that the match is a credential only if the path of the file
	// names Cloudflare, or its content as a whole is about it: see [PathNames] and
	// [ContentNames]. Nothing near it is.
	ByPath bool

	PublicID string // what names it and is no secret: an access key id, a client id, a tunnel's id; "" if it is not known

	Jurisdiction string // of R2 that is named beside it: "eu", "fedramp", or "" for none

	AccountIDs []string // Cloudflare account ids nearby, likeliest first
	Emails     []string // addresses nearby, likeliest first
}

// A Span is the half-open interval of bytes [Start, End).
type Span struct{ Start, End int }
