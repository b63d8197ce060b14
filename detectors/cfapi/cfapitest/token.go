package cfapitest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"
)

// What the names of resources in policies begin with.
const (
	userPrefix    = "com.cloudflare.api.user."
	accountPrefix = "com.cloudflare.api.account."
	zonePrefix    = "com.cloudflare.api.account.zone."
)

// A Policy gives or denies permission groups on resources.
type Policy struct {
	Effect    string         // allow or deny; allow if it is empty
	Groups    []string       // by name; their ids are in the answers
	Resources map[string]any // a string, or a map of further resources, by resource
}

// A TokenSpec says what token to add. The zero TokenSpec is an active token that
// may do nothing.
type TokenSpec struct {
	Name     string // "test token" if it is empty
	Status   string // active, disabled, expired, or any other word; active if it is empty
	Policies []Policy

	IssuedOn   time.Time // 2026-04-01 if it is zero
	ModifiedOn time.Time // IssuedOn if it is zero
	LastUsedOn time.Time // absent if it is zero, as are the other two
	ExpiresOn  time.Time
	NotBefore  time.Time // until then, the token works with the verify endpoint alone

	IPIn, IPNotIn []string // what condition.request_ip says; nothing is done about it

	// Extra are further fields of the token. A PUT that does not send them back
	// loses them.
	Extra map[string]any

	// IPExcluded says that the IP filter excludes the caller: any endpoint but
	// those that verify answers 403/9109 "Cannot use the access token from
	// location".
	IPExcluded bool

	// Value is that of the token. If it is empty, one is minted: in the format
	// of 2026, or if Legacy is set in the one before.
	Value  string
	Legacy bool
}

// A Token is an API token of a user or of an account, or an OAuth token of a
// user.
type Token struct {
	ID string

	s        *Server
	user     *User // one of these is nil
	account  *Account
	oauth    bool
	value    string
	excluded bool
	settles  time.Time      // when the value of a roll begins to work
	doc      map[string]any // what a GET returns
	rolls    int
	deleted  bool
}

// AddToken adds an API token that the user owns.
func (u *User) AddToken(spec TokenSpec) *Token {
	return u.s.addToken(&Token{user: u}, spec)
}

// AddOAuthToken adds an OAuth token of the user: the verify endpoints do not
// know it, it is in no list, and it cannot manage tokens. Its scopes are the
// permission groups of spec.
func (u *User) AddOAuthToken(spec TokenSpec) *Token {
	return u.s.addToken(&Token{user: u, oauth: true}, spec)
}

// AddToken adds an API token that the account owns.
func (a *Account) AddToken(spec TokenSpec) *Token {
	return a.s.addToken(&Token{account: a}, spec)
}

// addToken completes a token whose owner is known, and adds it.
func (s *Server) addToken(t *Token, spec TokenSpec) *Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.s, t.ID, t.excluded = s, s.mintID(), spec.IPExcluded
	switch {
	case spec.Value != "":
		t.value = s.keep(spec.Value)
	case t.oauth:
		t.value = s.mintOAuth()
	case spec.Legacy:
		t.value = s.mintLegacy()
	default:
		t.value = t.mintValue()
	}
	t.doc = s.newDocument(t.ID, spec)
	s.tokens = append(s.tokens, t)
	return t
}

// newDocument returns a token as a GET shows it.
func (s *Server) newDocument(id string, spec TokenSpec) map[string]any {
	doc := maps.Clone(spec.Extra)
	if doc == nil {
		doc = make(map[string]any)
	}
	issued := orTime(spec.IssuedOn, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
	doc["id"] = id
	doc["name"] = orString(spec.Name, "test token")
	doc["status"] = orString(spec.Status, "active")
	setTime(doc, "issued_on", issued)
	setTime(doc, "modified_on", orTime(spec.ModifiedOn, issued))
	setTime(doc, "last_used_on", spec.LastUsedOn)
	setTime(doc, "expires_on", spec.ExpiresOn)
	setTime(doc, "not_before", spec.NotBefore)
	if len(spec.IPIn)+len(spec.IPNotIn) > 0 {
		doc["condition"] = map[string]any{"request_ip": map[string][]string{
			"in":     append([]string{}, spec.IPIn...),
			"not_in": append([]string{}, spec.IPNotIn...),
		}}
	}
	policies := []any{}
	for _, p := range spec.Policies {
		groups := []any{}
		for _, name := range p.Groups {
			groups = append(groups, map[string]any{"id": s.groupNamed(name).ID, "name": name})
		}
		policies = append(policies, map[string]any{
			"id":                s.mintID(),
			"effect":            orString(p.Effect, "allow"),
			"permission_groups": groups,
			"resources":         p.Resources,
		})
	}
	doc["policies"] = policies
	return clone(doc)
}

func orString(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func orTime(t, def time.Time) time.Time {
	if t.IsZero() {
		return def
	}
	return t
}

// setTime sets a field of a document unless the time is zero.
func setTime(doc map[string]any, name string, t time.Time) {
	if !t.IsZero() {
		doc[name] = t.UTC().Format(time.RFC3339)
	}
}

// clone returns a copy of doc that shares nothing with it and holds what
// decoding JSON makes, so that copies can be compared.
func clone(doc map[string]any) map[string]any {
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err) // a test gave Extra or Resources that are no JSON
	}
	var c map[string]any
	if err := json.Unmarshal(b, &c); err != nil {
		panic(err)
	}
	return c
}

// Value returns the token's present value.
func (t *Token) Value() string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.value
}

// Document returns the token as a GET shows it, decoded from JSON. The copy is
// the caller's.
func (t *Token) Document() map[string]any {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return clone(t.doc)
}

// Status returns the token's status, or "deleted".
func (t *Token) Status() string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if t.deleted {
		return "deleted"
	}
	return t.status()
}

// Rolls returns how often the token was rolled.
func (t *Token) Rolls() int {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.rolls
}

// SetStatus changes the token's status, not through the API.
func (t *Token) SetStatus(word string) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.doc["status"] = word
}

// SetIPExcluded changes whether the token's IP filter excludes the caller.
func (t *Token) SetIPExcluded(on bool) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.excluded = on
}

// Roll gives the token another value, not through the API, and returns it.
func (t *Token) Roll() string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.roll(time.Now())
}

// Delete deletes the token, not through the API.
func (t *Token) Delete() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.deleted = true
}

// status returns the status in the document.
func (t *Token) status() string {
	word, _ := t.doc["status"].(string)
	return word
}

// mintValue returns a value for the token in the current format, which is what
// a roll makes of old ones too.
func (t *Token) mintValue() string {
	if t.account != nil {
		return t.s.mintPrefixed("cfat_")
	}
	return t.s.mintPrefixed("cfut_")
}

// roll changes the value at once; the new one works after the server's delay.
func (t *Token) roll(now time.Time) string {
	t.value = t.mintValue()
	t.settles = now.Add(t.s.rollDelay)
	t.rolls++
	setTime(t.doc, "modified_on", now)
	return t.value
}

// readOnly are the fields of a token that a PUT does not change.
var readOnly = []string{"id", "issued_on", "modified_on", "last_used_on", "value"}

// replace makes the token what the body of a PUT says, and nothing else. It
// returns what is wrong with the body, or "".
func (t *Token) replace(body map[string]any, now time.Time) string {
	if name, _ := body["name"].(string); name == "" {
		return "name is missing"
	}
	policies, ok := body["policies"].([]any)
	if !ok {
		return "policies are missing"
	}
	for _, p := range policies {
		if wrong := t.completePolicy(p); wrong != "" {
			return wrong
		}
	}
	for _, field := range readOnly {
		delete(body, field)
		if v, ok := t.doc[field]; ok {
			body[field] = v
		}
	}
	if _, ok := body["status"]; !ok {
		body["status"] = "active"
	}
	t.doc = body
	setTime(t.doc, "modified_on", now)
	return ""
}

// completePolicy adds to a policy of a PUT what a GET shows and a client need
// not send: the names of permission groups, and the policy's id, which stays the
// same if all the rest does.
func (t *Token) completePolicy(p any) string {
	policy, _ := p.(map[string]any)
	groups, ok := policy["permission_groups"].([]any)
	if !ok {
		return "permission_groups are missing"
	}
	for _, g := range groups {
		fields, _ := g.(map[string]any)
		known := slices.IndexFunc(t.s.groups, func(k group) bool { return k.ID == fields["id"] })
		if known < 0 {
			return "unknown permission group"
		}
		fields["name"] = t.s.groups[known].Name
	}
	if _, ok := policy["id"]; ok {
		return ""
	}
	policy["id"] = t.s.mintID()
	old, _ := t.doc["policies"].([]any)
	for _, o := range old {
		was, _ := o.(map[string]any)
		same := maps.Clone(policy)
		same["id"] = was["id"]
		if reflect.DeepEqual(same, was) {
			policy["id"] = was["id"]
		}
	}
	return ""
}

// A group is a permission group.
type group struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
}

// What permission groups apply to.
const (
	userScope    = "com.cloudflare.api.user"
	accountScope = "com.cloudflare.api.account"
	zoneScope    = "com.cloudflare.api.account.zone"
)

// Names of the permission groups that mean something to the fake. Any other is
// one on accounts.
const (
	tokensRead         = "API Tokens Read"
	tokensWrite        = "API Tokens Write"
	accountTokensRead  = "Account API Tokens Read"
	accountTokensWrite = "Account API Tokens Write"
	userDetailsRead    = "User Details Read"
	zoneRead           = "Zone Read"
)

// knownGroups have the ids that they have at Cloudflare.
var knownGroups = []group{
	{"0cc3a61731504c89b99ec1be78b77aa0", tokensRead, []string{userScope}},
	{"686d18d5ac6c441c867cbf6771e58a0a", tokensWrite, []string{userScope}},
	{"eb56a6953c034b9d97dd838155666f06", accountTokensRead, []string{accountScope}},
	{"5bc3f8b21c554832afc660159ab75fa4", accountTokensWrite, []string{accountScope}},
	{"8acbe5bb0d54464ab867149d7f7cf8ac", userDetailsRead, []string{userScope}},
	{"3518d0f75557482e952c6762d3e64903", "Memberships Read", []string{userScope}},
	{madeUpID(zoneRead), zoneRead, []string{zoneScope}},
}

// madeUpID returns an id for a permission group whose own is not known.
func madeUpID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

// groupNamed returns the permission group with the given name, which is added
// if there is none.
func (s *Server) groupNamed(name string) group {
	for _, g := range s.groups {
		if g.Name == name {
			return g
		}
	}
	g := group{madeUpID(name), name, []string{accountScope}}
	s.groups = append(s.groups, g)
	return g
}
