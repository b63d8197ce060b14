package cfapitest

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A recorder is a test that notes its errors instead of failing.
type recorder struct {
	testing.TB
	mu     sync.Mutex
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// take returns the errors since it was called last.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.errors
	r.errors = nil
	return taken
}

// A reply is what came back.
type reply struct {
	status   int
	header   http.Header
	raw      string
	Success  bool
	Errors   []notice
	Messages []notice
	Result   json.RawMessage
	Info     resultInfo `json:"result_info"`
}

// code returns the codes of the first error and of what led to it.
func (r reply) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	s := fmt.Sprint(r.Errors[0].Code)
	for _, n := range r.Errors[0].ErrorChain {
		s += fmt.Sprint(">", n.Code)
	}
	return s
}

// result returns the result's fields.
func (r reply) result() map[string]any {
	var m map[string]any
	json.Unmarshal(r.Result, &m)
	return m
}

// names returns the names in a result that is a list.
func (r reply) names() []string {
	var list []struct{ Name string }
	json.Unmarshal(r.Result, &list)
	names := []string{}
	for _, e := range list {
		names = append(names, e.Name)
	}
	return names
}

func bearer(value string) []string { return []string{"Authorization", "Bearer " + value} }

func key(email, value string) []string {
	return []string{"X-Auth-Email", email, "X-Auth-Key", value}
}

// send sends a request and returns the response with its body unread.
func send(s *Server, method, path, body string, header []string) (*http.Response, error) {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, s.URL+path, content)
	if err != nil {
		return nil, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c.Do(req)
}

// call sends a request and returns what came back.
func call(t *testing.T, s *Server, method, path, body string, header []string) reply {
	t.Helper()
	resp, err := send(s, method, path, body, header)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, raw: string(b)}
	json.Unmarshal(b, &r)
	return r
}

// A world is a server with somebody and something in it.
type world struct {
	*Server
	ada, bob          *User
	acme, other       *Account
	plain, all, apart *Token // of Ada
	bobs, oauth       *Token
	machine, manager  *Token // of Acme
}

func newWorld(t testing.TB) *world {
	w := &world{Server: New(t)}
	w.ada, w.bob = w.AddUser("ada@example.com"), w.AddUser("bob@example.com")
	w.acme, w.other = w.AddAccount("Acme"), w.AddAccount("Other")
	w.ada.Join(w.acme)
	w.acme.AddZone("acme.example.com")
	w.other.AddZone("other.example.com")
	w.plain = w.ada.AddToken(TokenSpec{Name: "plain", Policies: []Policy{w.acme.AllowZones("DNS Write")}})
	w.all = w.ada.AddToken(TokenSpec{Name: "all", Policies: []Policy{
		w.ada.Allow("API Tokens Write", "User Details Read"),
		w.acme.Allow("Account API Tokens Write", "Workers Scripts Write"),
		w.acme.AllowZones("Zone Read"),
	}})
	w.apart = w.ada.AddToken(TokenSpec{Name: "apart", IPExcluded: true, Policies: []Policy{w.ada.Allow("User Details Read")}})
	w.bobs = w.bob.AddToken(TokenSpec{Name: "bob's", Policies: []Policy{w.bob.Allow("API Tokens Read")}})
	w.oauth = w.ada.AddOAuthToken(TokenSpec{Policies: []Policy{w.ada.Allow("User Details Read"), w.acme.Allow("Workers Scripts Write")}})
	w.machine = w.acme.AddToken(TokenSpec{Name: "machine", Policies: []Policy{w.acme.Allow("Workers Scripts Write")}})
	w.manager = w.acme.AddToken(TokenSpec{Name: "manager", Policies: []Policy{w.acme.Allow("Account API Tokens Write")}})
	return w
}

func TestAnswers(t *testing.T) {
	rec := &recorder{TB: t}
	w := newWorld(rec)
	dead := w.ada.AddToken(TokenSpec{})
	dead.Delete()
	disabled := w.ada.AddToken(TokenSpec{Status: "disabled"})
	exposed := w.ada.AddToken(TokenSpec{Status: "exposed", Policies: []Policy{w.ada.Allow("User Details Read")}})
	early := w.ada.AddToken(TokenSpec{NotBefore: time.Now().Add(time.Hour), Policies: []Policy{w.ada.Allow("User Details Read")}})
	legacy := w.acme.AddToken(TokenSpec{Legacy: true})

	const verify = "/user/tokens/verify"
	acme := "/accounts/" + w.acme.ID + "/tokens"
	other := "/accounts/" + w.other.ID + "/tokens"
	email, key1 := w.ada.Email, w.ada.GlobalKey()
	tests := []struct {
		name   string
		path   string
		header []string
		status int
		code   string // "" for success
		text   string // of the error, or part of the result
	}{
		{"verify", verify, bearer(w.plain.Value()), 200, "", `"status":"active"`},
		{"verify disabled", verify, bearer(disabled.Value()), 200, "", `"status":"disabled"`},
		{"verify another word", verify, bearer(exposed.Value()), 200, "", `"status":"exposed"`},
		{"verify not yet valid", verify, bearer(early.Value()), 200, "", `"not_before":"20`},
		{"verify unknown", verify, bearer(strings.Repeat("aB3", 14)), 401, "1000", "Invalid API Token"},
		{"verify deleted", verify, bearer(dead.Value()), 401, "1000", "Invalid API Token"},
		{"verify malformed", verify, bearer("too short"), 400, "6003>6111", "Invalid request headers"},
		{"verify another scheme", verify, []string{"Authorization", "Basic YTpi"}, 400, "6003>6111", ""},
		{"verify Global key as bearer", verify, bearer(key1), 400, "6003>6111", ""},
		{"verify without header", verify, nil, 400, "1001", `Missing "Authorization" header`},
		{"verify Global key", verify, key(email, key1), 400, "1001", ""},
		{"verify IP filter", verify, bearer(w.apart.Value()), 200, "", `"status":"active"`},
		{"verify token of account", verify, bearer(w.machine.Value()), 401, "1000", ""},
		{"verify legacy token of account", verify, bearer(legacy.Value()), 401, "1000", ""},
		{"verify OAuth", verify, bearer(w.oauth.Value()), 401, "1000", ""},

		{"account verify", acme + "/verify", bearer(w.machine.Value()), 200, "", w.machine.ID},
		{"account verify legacy", acme + "/verify", bearer(legacy.Value()), 200, "", legacy.ID},
		{"account verify elsewhere", other + "/verify", bearer(w.machine.Value()), 401, "1000", ""},
		{"account verify token of user", acme + "/verify", bearer(w.all.Value()), 401, "1000", ""},
		{"account verify without header", acme + "/verify", nil, 400, "1001", ""},

		{"user", "/user", bearer(w.all.Value()), 200, "", `"email":"ada@example.com"`},
		{"user by OAuth", "/user", bearer(w.oauth.Value()), 200, "", w.ada.ID},
		{"user by Global key", "/user", key(email, key1), 200, "", `"suspended":false`},
		{"user without right", "/user", bearer(w.plain.Value()), 403, "9109", "Unauthorized to access requested resource"},
		{"user by token of account", "/user", bearer(w.machine.Value()), 400, "1011", "account owned tokens"},
		{"user dead", "/user", bearer(dead.Value()), 403, "9109", "Invalid access token"},
		{"user disabled", "/user", bearer(disabled.Value()), 403, "9109", "Invalid access token"},
		{"user not yet valid", "/user", bearer(early.Value()), 403, "9109", "Invalid access token"},
		{"user IP filter", "/user", bearer(w.apart.Value()), 403, "9109", "Cannot use the access token from location: 203.0.113.7"},
		{"user wrong key", "/user", key(email, w.bob.GlobalKey()), 403, "9103", "Unknown X-Auth-Key or X-Auth-Email"},
		{"user wrong e-mail", "/user", key("eve@example.com", key1), 403, "9103", ""},
		{"user token as key", "/user", key(email, w.all.Value()), 400, "6003>6103", ""},
		{"user bad e-mail", "/user", key("ada", key1), 400, "6003>6102", ""},
		{"user no e-mail", "/user", []string{"X-Auth-Key", key1}, 400, "9106", ""},
		{"user no key", "/user", []string{"X-Auth-Email", email}, 400, "9107", "Missing X-Auth-Key header"},
		{"user nothing", "/user", nil, 400, "9106", ""},

		{"list", "/user/tokens", bearer(w.all.Value()), 200, "", w.apart.ID},
		{"list by Global key", "/user/tokens", key(email, key1), 200, "", w.apart.ID},
		{"list by reader", "/user/tokens", bearer(w.bobs.Value()), 200, "", w.bobs.ID},
		{"list without right", "/user/tokens", bearer(w.plain.Value()), 403, "9109", "Unauthorized to access requested resource"},
		{"list by OAuth", "/user/tokens", bearer(w.oauth.Value()), 403, "9109", ""},
		{"list by token of account", "/user/tokens", bearer(w.manager.Value()), 400, "1011", ""},
		{"list of account", acme, bearer(w.manager.Value()), 200, "", w.machine.ID},
		{"list of account by user", acme, bearer(w.all.Value()), 200, "", w.machine.ID},
		{"list of account by Global key", acme, key(email, key1), 200, "", w.machine.ID},
		{"list of account without right", acme, bearer(w.machine.Value()), 403, "9109", ""},
		{"list of another account", other, bearer(w.manager.Value()), 401, "10000", "Authentication error"},
		{"list of an account that is not", strings.Replace(acme, w.acme.ID, strings.Repeat("0", 32), 1), bearer(w.all.Value()), 401, "10000", ""},

		{"one", "/user/tokens/" + w.plain.ID, bearer(w.all.Value()), 200, "", `"name":"plain"`},
		{"one of another user", "/user/tokens/" + w.bobs.ID, bearer(w.all.Value()), 404, "7003", "perhaps your object identifier is invalid?"},
		{"one that is deleted", "/user/tokens/" + dead.ID, bearer(w.all.Value()), 404, "7003", ""},
		{"itself without right", "/user/tokens/" + w.plain.ID, bearer(w.plain.Value()), 403, "9109", "Unauthorized to access requested resource"},
		{"OAuth token", "/user/tokens/" + w.oauth.ID, bearer(w.all.Value()), 404, "7003", ""},
		{"one of account", acme + "/" + w.machine.ID, bearer(w.all.Value()), 200, "", `"name":"machine"`},
		{"one of user in account", acme + "/" + w.plain.ID, bearer(w.all.Value()), 404, "7003", ""},

		{"groups", "/user/tokens/permission_groups?per_page=1000", bearer(w.all.Value()), 200, "", "686d18d5ac6c441c867cbf6771e58a0a"},
		{"groups of account", acme + "/permission_groups", bearer(w.manager.Value()), 200, "", `"name":"DNS Write"`},
		{"groups without right", "/user/tokens/permission_groups", bearer(w.plain.Value()), 403, "9109", ""},

		{"zones", "/zones?per_page=5", bearer(w.all.Value()), 200, "", `"account":{"id":"` + w.acme.ID},
		{"zones without right", "/zones", bearer(w.plain.Value()), 403, "9109", "Unauthorized to access requested resource"},
		{"zones dead", "/zones", bearer(dead.Value()), 403, "9109", "Invalid access token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := call(t, w.Server, "GET", tt.path, "", tt.header)
			if r.status != tt.status || r.code() != tt.code || r.Success != (tt.code == "") {
				t.Errorf("answer is %d %q, want %d %q: %s", r.status, r.code(), tt.status, tt.code, r.raw)
			}
			text := string(r.Result)
			if tt.code != "" {
				text = r.Errors[0].Message
			}
			if !strings.Contains(text, tt.text) {
				t.Errorf("got %s, which has no %q", text, tt.text)
			}
			if errs := rec.take(); len(errs) > 0 {
				t.Errorf("errors: %q", errs)
			}
		})
	}
}

func TestVerifyMessage(t *testing.T) {
	w := newWorld(t)
	r := call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(w.plain.Value()))
	if len(r.Messages) != 1 || r.Messages[0].Code != 10000 || len(r.Errors) != 0 {
		t.Errorf("messages and errors of a success: %v, %v", r.Messages, r.Errors)
	}
	if len(r.result()) != 2 {
		t.Errorf("result has dates that the token has not: %v", r.result())
	}
}

func TestFilterAccountVerify(t *testing.T) {
	w := newWorld(t)
	w.machine.SetIPExcluded(true)
	path := "/accounts/" + w.acme.ID + "/tokens/verify"
	if r := call(t, w.Server, "GET", path, "", bearer(w.machine.Value())); r.status != 200 {
		t.Errorf("without filter: %d", r.status)
	}
	w.SetFilterAccountVerify(true)
	if r := call(t, w.Server, "GET", path, "", bearer(w.machine.Value())); r.code() != "9109" {
		t.Errorf("with filter: %s", r.code())
	}
	if r := call(t, w.Server, "GET", "/accounts", "", bearer(w.machine.Value())); r.code() != "9109" {
		t.Errorf("another endpoint: %s", r.code())
	}
}

// TestLists has for each credential what is in its lists.
func TestLists(t *testing.T) {
	w := newWorld(t)
	named := w.bob.AddToken(TokenSpec{Policies: []Policy{w.other.Allow("Billing Read"), w.other.AllowZones("Zone Read")}})
	wide := w.ada.AddToken(TokenSpec{Policies: []Policy{{Groups: []string{"Zone Read", "Billing Read"}, Resources: map[string]any{
		"com.cloudflare.api.account.*": "*",
	}}}})
	denied := w.ada.AddToken(TokenSpec{Policies: []Policy{w.acme.Allow("Billing Read", "Zone Read"),
		{Effect: "deny", Groups: []string{"Billing Read", "Zone Read"}, Resources: w.acme.Allow().Resources}}})
	aZone := w.other.AddZone("second.example.com")
	single := w.bob.AddToken(TokenSpec{Policies: []Policy{{Groups: []string{"Zone Read"}, Resources: map[string]any{
		"com.cloudflare.api.account.zone." + aZone.ID: "*",
	}}}})
	ownZones := w.acme.AddToken(TokenSpec{Policies: []Policy{{Groups: []string{"Zone Read"}, Resources: map[string]any{
		"com.cloudflare.api.account.zone.*": "*",
	}}}})
	tests := []struct {
		name            string
		header          []string
		accounts, zones string
	}{
		{"zone rights", bearer(w.plain.Value()), "", "9109"},
		{"account rights", bearer(w.all.Value()), "Acme", "acme.example.com"},
		{"token of account", bearer(w.machine.Value()), "Acme", "9109"},
		{"token of account with zones", bearer(ownZones.Value()), "Acme", "acme.example.com"},
		{"OAuth", bearer(w.oauth.Value()), "Acme", "9109"},
		{"Global key", key(w.ada.Email, w.ada.GlobalKey()), "Acme", "acme.example.com"},
		{"Global key of no member", key(w.bob.Email, w.bob.GlobalKey()), "", ""},
		{"account that a policy names", bearer(named.Value()), "Other", "other.example.com second.example.com"},
		{"all accounts", bearer(wide.Value()), "Acme", "acme.example.com"},
		{"denied", bearer(denied.Value()), "", "9109"},
		{"one zone", bearer(single.Value()), "", "second.example.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for path, want := range map[string]string{"/accounts?per_page=5": tt.accounts, "/zones?per_page=5": tt.zones} {
				r := call(t, w.Server, "GET", path, "", tt.header)
				if got := strings.Join(r.names(), " ") + r.code(); got != want {
					t.Errorf("%s: got %q, want %q", path, got, want)
				}
			}
		})
	}
}

func TestPages(t *testing.T) {
	rec := &recorder{TB: t}
	w := newWorld(rec)
	for i := range 9 {
		w.bob.AddToken(TokenSpec{Name: fmt.Sprint(i)})
	}
	auth := bearer(w.bobs.Value())
	r := call(t, w.Server, "GET", "/user/tokens?page=2&per_page=5&direction=desc", "", auth)
	if want := []string{"3", "2", "1", "0", "bob's"}; !slices.Equal(r.names(), want) {
		t.Errorf("second page is %q, want %q", r.names(), want)
	}
	if want := (resultInfo{Page: 2, PerPage: 5, Count: 5, TotalCount: 10, TotalPages: 2}); r.Info != want {
		t.Errorf("result_info is %+v, want %+v", r.Info, want)
	}
	if r := call(t, w.Server, "GET", "/user/tokens?page=7", "", auth); len(r.names()) != 0 || r.status != 200 {
		t.Errorf("page beyond the last: %s", r.raw)
	}
	if errs := rec.take(); len(errs) > 0 {
		t.Errorf("errors: %q", errs)
	}
	if r := call(t, w.Server, "GET", "/accounts?per_page=4", "", auth); r.status != 400 {
		t.Errorf("four a page: %d", r.status)
	}
	if errs := rec.take(); len(errs) != 1 || !strings.Contains(errs[0], "per_page in query") {
		t.Errorf("errors for four a page: %q", errs)
	}
}

func TestMint(t *testing.T) {
	w := newWorld(t)
	for value, shape := range map[string]string{
		w.plain.Value():            `^cfut_[A-Za-z0-9]{40}[0-9a-f]{8}$`,
		w.machine.Value():          `^cfat_[A-Za-z0-9]{40}[0-9a-f]{8}$`,
		w.ada.GlobalKey():          `^cfk_[A-Za-z0-9]{40}[0-9a-f]{8}$`,
		w.oauth.Value():            `^cfoat_[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}$`,
		w.ada.UseLegacyGlobalKey(): `^[0-9a-f]{37}$`,
		w.ada.ChangeGlobalKey():    `^cfk_`,
		w.plain.ID:                 `^[0-9a-f]{32}$`,
		w.ada.AddToken(TokenSpec{Legacy: true}).Value(): `^[A-Za-z0-9_-]{40}$`,
	} {
		if !regexp.MustCompile(shape).MatchString(value) {
			t.Errorf("minted %q, want %s", value, shape)
		}
		if n := len(value); n > 50 && n < 60 {
			body, sum := value[n-48:n-8], value[n-8:]
			if got := fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body))); got != sum {
				t.Errorf("checksum of %q is %s", value, got)
			}
		}
	}
	if r := call(t, w.Server, "GET", "/user", "", key(w.ada.Email, w.ada.GlobalKey())); r.status != 200 {
		t.Errorf("changed key: %s", r.raw)
	}
	if newWorld(t).plain.Value() != w.plain.Value() {
		t.Error("another server mints something else")
	}
}

// TestRoll rolls a token of each kind in each way that it can be.
func TestRoll(t *testing.T) {
	w := newWorld(t)
	user, acme := "/user/tokens", "/accounts/"+w.acme.ID+"/tokens"
	legacy := w.ada.AddToken(TokenSpec{Legacy: true})
	tests := []struct {
		name   string
		token  *Token
		base   string
		header []string
		prefix string
	}{
		{"by token", w.plain, user, bearer(w.all.Value()), "cfut_"},
		{"by Global key", w.apart, user, key(w.ada.Email, w.ada.GlobalKey()), "cfut_"},
		{"legacy", legacy, user, bearer(w.all.Value()), "cfut_"},
		{"of account by user", w.machine, acme, bearer(w.all.Value()), "cfat_"},
		{"by itself", w.manager, acme, bearer(w.manager.Value()), "cfat_"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old, rolls := tt.token.Value(), tt.token.Rolls()
			r := call(t, w.Server, "PUT", tt.base+"/"+tt.token.ID+"/value", "{}", tt.header)
			var value string
			if err := json.Unmarshal(r.Result, &value); err != nil || r.status != 200 {
				t.Fatalf("roll: %d %s", r.status, r.code())
			}
			if value == old || value != tt.token.Value() || !strings.HasPrefix(value, tt.prefix) || tt.token.Rolls() != rolls+1 {
				t.Errorf("the new value is not what it should be")
			}
			if r := call(t, w.Server, "GET", tt.base+"/verify", "", bearer(old)); r.code() != "1000" {
				t.Errorf("old value: %d %s", r.status, r.code())
			}
			if r := call(t, w.Server, "GET", tt.base+"/verify", "", bearer(value)); r.result()["id"] != tt.token.ID {
				t.Errorf("new value: %d %s", r.status, r.code())
			}
		})
	}
}

func TestRollDelay(t *testing.T) {
	w := newWorld(t)
	w.SetRollDelay(time.Hour)
	value := w.plain.Roll()
	for _, path := range []string{"/user/tokens/verify", "/accounts", "/user"} {
		if r := call(t, w.Server, "GET", path, "", bearer(value)); r.status != 400 || r.code() != "10000" {
			t.Errorf("%s after a roll: %d %s", path, r.status, r.code())
		}
	}
	w.SetRollDelay(50 * time.Millisecond)
	value = w.plain.Roll()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		r := call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(value))
		if r.status == 200 {
			break
		}
		if r.code() != "10000" || time.Now().After(deadline) {
			t.Fatalf("after the delay: %d %s", r.status, r.code())
		}
	}
}

// full is a token with all that one can have.
func full(w *world) *Token {
	at := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	return w.ada.AddToken(TokenSpec{
		Name:       "full",
		LastUsedOn: at,
		ExpiresOn:  at.AddDate(90, 0, 0),
		NotBefore:  at.AddDate(-2, 0, 0),
		IPIn:       []string{"198.51.100.0/24"},
		IPNotIn:    []string{"198.51.100.7/32"},
		Policies:   []Policy{w.ada.Allow("API Tokens Write"), w.acme.AllowZones("DNS Write")},
		Extra:      map[string]any{"description": "of the nightly job", "tags": map[string]any{"n": 7}},
	})
}

// encode returns a document as the body of a request.
func encode(t *testing.T, doc map[string]any) string {
	t.Helper()
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPutAll sends back all of a token but another status, and nothing else has
// changed then.
func TestPutAll(t *testing.T) {
	w := newWorld(t)
	tok := full(w)
	path := "/user/tokens/" + tok.ID
	doc := call(t, w.Server, "GET", path, "", bearer(w.all.Value())).result()
	if !reflect.DeepEqual(doc, tok.Document()) {
		t.Fatalf("GET is %v, want %v", doc, tok.Document())
	}
	doc["status"] = "disabled"
	r := call(t, w.Server, "PUT", path, encode(t, doc), bearer(w.all.Value()))
	if r.status != 200 {
		t.Fatalf("PUT: %s", r.raw)
	}
	got := tok.Document()
	if got["modified_on"] == doc["modified_on"] {
		t.Error("modified_on is what it was")
	}
	doc["modified_on"] = got["modified_on"]
	if !reflect.DeepEqual(got, doc) || !reflect.DeepEqual(r.result(), doc) {
		t.Errorf("the token became %v, want %v", got, doc)
	}
	if r := call(t, w.Server, "GET", "/user", "", bearer(tok.Value())); r.code() != "9109" {
		t.Errorf("disabled token: %d %s", r.status, r.code())
	}
}

// TestPutLoses sends a token back without something, which is lost.
func TestPutLoses(t *testing.T) {
	w := newWorld(t)
	for _, field := range []string{"condition", "expires_on", "not_before", "description", "tags"} {
		tok := full(w)
		doc := tok.Document()
		delete(doc, field)
		for _, same := range readOnly { // what is not lost because it cannot be changed
			if same != "id" { // the document asks for it
				delete(doc, same)
			}
		}
		r := call(t, w.Server, "PUT", "/user/tokens/"+tok.ID, encode(t, doc), bearer(w.all.Value()))
		got := tok.Document()
		if _, ok := got[field]; ok || !r.Success {
			t.Errorf("%s was kept: %d", field, r.status)
		}
		if got["issued_on"] != "2026-04-01T00:00:00Z" || got["last_used_on"] != "2026-05-06T07:08:09Z" || got["id"] != tok.ID {
			t.Errorf("what is read-only changed: %v", got)
		}
	}
}

// TestPutIDs sends what Cloudflare's own client does of policies.
func TestPutIDs(t *testing.T) {
	w := newWorld(t)
	tok := full(w)
	was := tok.Document()
	doc := tok.Document()
	policies := doc["policies"].([]any)
	for _, p := range policies {
		policy := p.(map[string]any)
		delete(policy, "id")
		for _, g := range policy["permission_groups"].([]any) {
			delete(g.(map[string]any), "name")
		}
	}
	body := encode(t, doc)
	if r := call(t, w.Server, "PUT", "/user/tokens/"+tok.ID, body, bearer(w.all.Value())); r.status != 200 {
		t.Fatalf("PUT: %s", r.raw)
	}
	if got := tok.Document()["policies"]; !reflect.DeepEqual(got, was["policies"]) {
		t.Errorf("policies became %v, want %v", got, was["policies"])
	}
	doc["policies"] = policies[:1]
	call(t, w.Server, "PUT", "/user/tokens/"+tok.ID, encode(t, doc), bearer(w.all.Value()))
	if got := tok.Document()["policies"].([]any); len(got) != 1 {
		t.Errorf("a policy that was not sent back is still there: %v", got)
	}
}

// TestChangeRefused has whom a change is refused to, and that nothing changed.
func TestChangeRefused(t *testing.T) {
	w := newWorld(t)
	acme := "/accounts/" + w.acme.ID + "/tokens/"
	tests := []struct {
		name   string
		token  *Token
		path   string
		header []string
		status int
		code   string
	}{
		{"without right", w.plain, "/user/tokens/" + w.plain.ID, bearer(w.plain.Value()), 403, "9109"},
		{"by reader", w.bobs, "/user/tokens/" + w.bobs.ID, bearer(w.bobs.Value()), 403, "9109"},
		{"of another user", w.bobs, "/user/tokens/" + w.bobs.ID, bearer(w.all.Value()), 404, "7003"},
		{"of another user by Global key", w.bobs, "/user/tokens/" + w.bobs.ID, key(w.ada.Email, w.ada.GlobalKey()), 404, "7003"},
		{"of a user by an account", w.plain, "/user/tokens/" + w.plain.ID, bearer(w.manager.Value()), 400, "1011"},
		{"of account without right", w.machine, acme + w.machine.ID, bearer(w.machine.Value()), 403, "9109"},
		{"of account by a stranger", w.machine, acme + w.machine.ID, key(w.bob.Email, w.bob.GlobalKey()), 401, "10000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, value := tt.token.Document(), tt.token.Value()
			for _, c := range [][3]string{{"PUT", "", encode(t, doc)}, {"PUT", "/value", "{}"}, {"DELETE", "", ""}} {
				r := call(t, w.Server, c[0], tt.path+c[1], c[2], tt.header)
				if r.status != tt.status || r.code() != tt.code {
					t.Errorf("%s %s: %d %s, want %d %s", c[0], c[1], r.status, r.code(), tt.status, tt.code)
				}
			}
			if !reflect.DeepEqual(tt.token.Document(), doc) || tt.token.Value() != value || tt.token.Status() == "deleted" {
				t.Error("the token changed")
			}
		})
	}
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ base, body string }{
		{"/user/tokens", ""},
		{"/user/tokens", "{}"},
		{"/accounts/" + w.acme.ID + "/tokens", ""},
	} {
		tok := w.ada.AddToken(TokenSpec{})
		if strings.HasPrefix(tt.base, "/accounts") {
			tok = w.acme.AddToken(TokenSpec{})
		}
		path := tt.base + "/" + tok.ID
		if r := call(t, w.Server, "DELETE", path, tt.body, bearer(w.all.Value())); r.result()["id"] != tok.ID || tok.Status() != "deleted" {
			t.Errorf("DELETE: %s", r.raw)
		}
		if r := call(t, w.Server, "DELETE", path, tt.body, bearer(w.all.Value())); r.code() != "7003" {
			t.Errorf("DELETE again: %d %s", r.status, r.code())
		}
		if r := call(t, w.Server, "GET", tt.base+"/verify", "", bearer(tok.Value())); r.code() != "1000" {
			t.Errorf("verify: %d %s", r.status, r.code())
		}
	}
}

// TestValidation has requests that fail the test, and how.
func TestValidation(t *testing.T) {
	rec := &recorder{TB: t}
	w := newWorld(rec)
	tok := full(w)
	path := "/user/tokens/" + tok.ID
	broken := func(change func(map[string]any)) string {
		doc := tok.Document()
		change(doc)
		return encode(t, doc)
	}
	auth := bearer(w.all.Value())
	tests := []struct {
		name, method, path, body string
		header                   []string
		want                     string // in the error; "" for none
	}{
		{"good", "PUT", path, encode(t, tok.Document()), auth, ""},
		{"no JSON", "PUT", path, "{", auth, "failed to decode request body"},
		{"no name", "PUT", path, broken(func(d map[string]any) { delete(d, "name") }), auth, `property "name" is missing`},
		{"no policies", "PUT", path, broken(func(d map[string]any) { delete(d, "policies") }), auth, `property "policies" is missing`},
		{"undocumented status", "PUT", path, broken(func(d map[string]any) { d["status"] = "exposed" }), auth, "/status: value is not one of the allowed values"},
		{"bad effect", "PUT", path, broken(func(d map[string]any) { d["policies"].([]any)[0].(map[string]any)["effect"] = "maybe" }), auth, "effect: value is not one of the allowed values"},
		{"bad condition", "PUT", path, broken(func(d map[string]any) { d["condition"] = map[string]any{"request_ip": map[string]any{"in": "all"}} }), auth, "/condition/request_ip/in"},
		{"bad date", "PUT", path, broken(func(d map[string]any) { d["expires_on"] = "tomorrow" }), auth, "/expires_on"},
		{"PUT without body", "PUT", path, "", auth, "it is required"},
		{"roll without body", "PUT", path + "/value", "", auth, "it is required"},
		{"roll with a list", "PUT", path + "/value", "[]", auth, "value must be an object"},
		{"many a page", "GET", "/user/tokens?per_page=51", "", auth, "per_page in query: /: number must be at most 50"},
		{"no number", "GET", "/user/tokens?page=x", "", auth, "page in query"},
		{"bad account", "GET", "/accounts/acme/tokens", "", auth, "account_id in path"},
		{"unknown path", "POST", path + "/roll", "{}", auth, "the fake does not serve this"},
		{"trailing slash", "GET", "/user/tokens/", "", auth, "the fake does not serve this"},
		{"two credentials", "GET", "/accounts", "", append(key(w.ada.Email, w.ada.GlobalKey()), auth...), "2 credentials"},
		{"credential in path", "GET", "/user/tokens/verify/" + tok.Value(), "", auth, "/user/tokens/verify/[credential]"},
		{"credential in query", "GET", "/user/tokens?page=" + tok.Value(), "", auth, "page=[credential]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call(t, w.Server, tt.method, tt.path, tt.body, tt.header)
			errs := strings.Join(rec.take(), "\n")
			if (tt.want == "") != (errs == "") || !strings.Contains(errs, tt.want) {
				t.Errorf("errors are %q, want %q", errs, tt.want)
			}
			for _, value := range []string{tok.Value(), w.all.Value(), w.ada.GlobalKey()} {
				if strings.Contains(errs, value) {
					t.Error("an error shows a credential")
				}
			}
		})
	}
	for _, c := range w.Calls() {
		if strings.Contains(c.Path, tok.Value()) {
			t.Errorf("the call of %s shows a credential", c.Method)
		}
	}
	r := call(t, w.Server, "POST", path+"/roll", "{}", auth)
	if r.status != 404 || r.code() != "7003" {
		t.Errorf("unknown path: %d %s", r.status, r.code())
	}
}

// TestAnswersAreValidated has an answer that no server should give.
func TestAnswersAreValidated(t *testing.T) {
	rec := &recorder{TB: t}
	w := newWorld(rec)
	w.plain.mu().Lock()
	w.plain.doc["expires_on"] = "tomorrow, " + w.plain.value
	w.plain.mu().Unlock()
	call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(w.plain.Value()))
	call(t, w.Server, "GET", "/user/tokens/"+w.plain.ID, "", bearer(w.all.Value()))
	call(t, w.Server, "GET", "/user/tokens", "", bearer(w.all.Value()))
	errs := rec.take()
	if len(errs) != 3 {
		t.Fatalf("errors are %q, want three", errs)
	}
	for _, e := range errs {
		if !strings.Contains(e, "expires_on") || strings.Contains(e, w.plain.Value()) {
			t.Errorf("error is %q", e)
		}
	}
}

func (t *Token) mu() *sync.Mutex { return &t.s.mu }

func TestMisbehaviour(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name   string
		resp   Response
		status int
		code   string
		want   string // in the body
	}{
		{"rate limited", RateLimited(1500 * time.Millisecond), 429, "10013", ""},
		{"unavailable", Unavailable(), 503, "", "error code: 503"},
		{"internal error", InternalError(), 500, "", "error code: 500"},
		{"page", HTML(200), 200, "", "<html>"},
		{"page with status", HTML(403), 403, "", "<html>"},
		{"failure with 200", Failure(200, 1000, "Invalid API Token"), 200, "1000", `"success":false`},
		{"throttled", Throttled(200), 200, "971", ""},
		{"locked out", MaxAuthFailures(), 403, "9109", "Max auth failures reached"},
		{"redirect", Redirect(w.Elsewhere()), 307, "", ""},
		{"huge", Huge(8 << 20), 200, "", strings.Repeat("a", 8<<20)},
		{"custom", Custom(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(418) }), 418, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.MisbehaveNext(1, tt.resp)
			r := call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(w.plain.Value()))
			if r.status != tt.status || r.code() != tt.code || !strings.Contains(r.raw, tt.want) {
				t.Errorf("got %d %s, want %d %s", r.status, r.code(), tt.status, tt.code)
			}
			if r.status == 429 && (r.header.Get("Retry-After") != "2" || r.header.Get("Ratelimit") != `"default";r=0;t=2`) {
				t.Errorf("headers are %v", r.header)
			}
			if r := call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(w.plain.Value())); r.status != 200 || r.code() != "" {
				t.Errorf("the next is %d %s", r.status, r.code())
			}
		})
	}
}

func TestMisbehaveOn(t *testing.T) {
	w := newWorld(t)
	get := func(path string) int {
		return call(t, w.Server, "GET", path, "", bearer(w.plain.Value())).status
	}
	w.MisbehaveOn("PUT", "", -1, Unavailable())
	w.MisbehaveOn("GET", "/verify", 2, Unavailable())
	w.Misbehave(func(r *http.Request) Response {
		if r.URL.Query().Get("page") == "3" {
			return InternalError()
		}
		return Response{}
	})
	got := []int{get("/accounts"), get("/user/tokens/verify"), get("/user/tokens/verify"), get("/user/tokens/verify"), get("/accounts?page=3")}
	w.Behave()
	got = append(got, get("/accounts?page=3"))
	if want := []int{200, 503, 503, 200, 500, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if calls := w.Calls(); !calls[1].Misbehaved || calls[0].Misbehaved || calls[1].Status != 0 || calls[0].Status != 200 {
		t.Errorf("calls are %+v", calls)
	}
}

// TestAfterServing rolls a token, and loses the answer.
func TestAfterServing(t *testing.T) {
	w := newWorld(t)
	const hangs = 3
	for i, resp := range []Response{Truncated(), Disconnect(), InternalError(), Hang()} {
		w.MisbehaveOn("PUT", "/value", 1, resp.AfterServing())
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "PUT", w.URL+"/user/tokens/"+w.plain.ID+"/value", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+w.all.Value())
		if i == hangs {
			go func() {
				for w.plain.Rolls() == i {
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
		}
		if answer, err := http.DefaultClient.Do(req); err == nil {
			b, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if (err == nil) != (answer.StatusCode == 500) || strings.Contains(string(b), w.plain.Value()) {
				t.Errorf("%d: got %d and error %v", i, answer.StatusCode, err)
			}
		}
		if n := w.plain.Rolls(); n != i+1 {
			t.Errorf("%d: rolled %d times", i, n)
		}
	}
	for _, c := range w.Calls() {
		if !c.Misbehaved || c.Status != 200 {
			t.Errorf("call is %+v", c)
		}
	}
}

// TestTruncated reads half a body that was made up.
func TestTruncated(t *testing.T) {
	w := newWorld(t)
	w.MisbehaveNext(1, Truncated())
	resp, err := send(w.Server, "GET", "/user/tokens/verify", "", bearer(w.plain.Value()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != io.ErrUnexpectedEOF || len(b) == 0 {
		t.Errorf("read %d bytes and %v, want some and %v", len(b), err, io.ErrUnexpectedEOF)
	}
}

// TestHangEnds is over only if a request that hangs ends with the test.
func TestHangEnds(t *testing.T) {
	over := make(chan error, 1)
	ok := t.Run("test", func(t *testing.T) {
		w := newWorld(t)
		w.MisbehaveNext(1, Hang())
		value := w.plain.Value()
		go func() {
			resp, err := send(w.Server, "GET", "/user/tokens/verify", "", bearer(value))
			if err == nil {
				resp.Body.Close()
			}
			over <- err
		}()
		for len(w.Calls()) == 0 {
			time.Sleep(time.Millisecond)
		}
	})
	if ok {
		<-over
	}
}

func TestElsewhere(t *testing.T) {
	rec := &recorder{TB: t}
	w := newWorld(rec)
	w.MisbehaveNext(1, Redirect(w.Elsewhere()))
	req := httptest.NewRequest("GET", w.URL+"/accounts", nil)
	req.RequestURI = ""
	req.Header.Set("X-Auth-Key", "x") // unlike Authorization, net/http sends it on
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if errs := rec.take(); len(errs) != 1 || !strings.Contains(errs[0], "went to another host, with 1 credentials") {
		t.Errorf("errors are %q", errs)
	}
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t)
	w.SetRateLimit(2)
	at := time.Now().Add(time.Hour)
	var got []bool
	for _, ms := range []int{0, 500, 999, 1000, 1400, 1500} {
		got = append(got, w.limited(at.Add(time.Duration(ms)*time.Millisecond)))
	}
	if want := []bool{false, false, true, false, true, false}; !slices.Equal(got, want) {
		t.Errorf("limited are %v, want %v", got, want)
	}
	// The last two were an hour from now, so that now there is no room.
	r := call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(w.plain.Value()))
	if r.status != 429 || r.code() != "10013" || r.header.Get("Retry-After") != "1" || r.header.Get("Ratelimit") == "" {
		t.Errorf("beyond the limit: %d %s %v", r.status, r.code(), r.header)
	}
	if n := w.Violations(); n != 3 {
		t.Errorf("%d violations, want 3", n)
	}
	w.SetRateLimit(0)
	if r := call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(w.plain.Value())); r.status != 200 {
		t.Errorf("without limit: %d", r.status)
	}
}

func TestCalls(t *testing.T) {
	w := newWorld(t)
	old := w.plain.Value()
	call(t, w.Server, "GET", "/user/tokens/verify", "", bearer(old))
	w.plain.Roll()
	call(t, w.Server, "GET", "/accounts?per_page=5", "", bearer(old))
	call(t, w.Server, "GET", "/user", "", key(w.ada.Email, w.ada.GlobalKey()))
	call(t, w.Server, "GET", "/user", "", nil)
	var got []string
	for _, c := range w.Calls() {
		got = append(got, fmt.Sprint(c.Method, " ", c.Path, " ", c.Status, " ", c.Credential))
	}
	want := []string{
		"GET /user/tokens/verify 200 " + w.plain.ID,
		"GET /accounts?per_page=5 403 " + w.Calls()[1].Credential,
		"GET /user 200 key of " + w.ada.ID,
		"GET /user 400 ",
	}
	if !slices.Equal(got, want) || !regexp.MustCompile("^unknown [0-9a-f]{8}$").MatchString(w.Calls()[1].Credential) {
		t.Errorf("calls are %q, want %q", got, want)
	}
	if n := w.CallsBy(old); n != 2 {
		t.Errorf("%d calls by the old value, want 2", n)
	}
	if n := w.CallsBy(w.plain.Value()); n != 0 {
		t.Errorf("%d calls by the new value, want none", n)
	}
	if n := w.CallsBy(w.ada.GlobalKey()); n != 1 {
		t.Errorf("%d calls by the Global key, want 1", n)
	}
}

func TestMaxRate(t *testing.T) {
	at := time.Now()
	s := &Server{}
	for _, ms := range []int{0, 10, 900, 950, 990, 1005, 2500} {
		s.calls = append(s.calls, Call{Time: at.Add(time.Duration(ms) * time.Millisecond)})
	}
	for window, want := range map[time.Duration]int{time.Second: 5, 100 * time.Millisecond: 3, time.Minute: 7, time.Millisecond: 1} {
		if got := s.MaxRate(window); got != want {
			t.Errorf("in %v at most %d, want %d", window, got, want)
		}
	}
}

// TestConcurrent is of use with the race detector.
func TestConcurrent(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				for _, c := range [][3]string{{"PUT", "/user/tokens/" + w.plain.ID + "/value", "{}"}, {"GET", "/user/tokens", ""}, {"GET", "/user/tokens/verify", ""}} {
					resp, err := send(w.Server, c[0], c[1], c[2], bearer(w.all.Value()))
					if err != nil {
						t.Error(err)
						return
					}
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				w.plain.Value()
				w.machine.Document()
				w.Calls()
			}
		})
	}
	wg.Wait()
	if n := w.plain.Rolls(); n != 40 {
		t.Errorf("rolled %d times, want 40", n)
	}
}
