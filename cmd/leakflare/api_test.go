package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
)

// A cloudflare is the fake of Cloudflare's API that a transcript has.
type cloudflare struct {
	*cfapitest.Server
	user    *cfapitest.User
	account *cfapitest.Account
	tokens  map[string]*cfapitest.Token // by the variable

	services map[string]*cfapitest.ServiceToken // likewise
	tunnels  map[string]*cfapitest.Tunnel
	widgets  map[string]*cfapitest.Widget
}

// cloudflareKey is the key of a transcript's cloudflare in its values.
type cloudflareKey struct{}

// apiCommands returns the commands of transcripts that are about the API:
//
//	api                     starts a fake of it, where leakflare then finds it, with
//	                        a user, ada@example.com, whose id is ADA, and an
//	                        account of hers, whose id is ACCOUNT
//	credential VAR WORD...  adds a credential, called VAR: sets VAR to its value, and
//	                        VAR_ID and VAR_MASK; the words are those of newCredential
//	product VAR KIND        adds to the account what VAR is the secret of: a service
//	                        token of Access (access), a tunnel or the one of a WARP
//	                        connector (tunnel, warp), a Turnstile widget
//	                        (turnstile), or what names it VAR_ID
//	r2 VAR OF               sets VAR to the R2 secret that the token OF makes
//	state VAR STATUS        fails unless the token has this status, or is deleted
//	renewed VAR FILE        fails unless the file holds the value that the token was
//	                        given by one roll, and sets VAR_NEW to that
//	replaced VAR FILE       likewise for what product added
//	changes N               fails unless so many requests have changed something
//	calls N VAR             fails unless so many were made with the credential
//
// A request that does not fit Cloudflare's OpenAPI document fails t.
func apiCommands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	on := func(ts *testscript.TestScript) *cloudflare {
		c := ts.Value(cloudflareKey{}).(*cloudflare)
		if c.Server == nil {
			ts.Fatalf("there is no api")
		}
		return c
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		"api": func(ts *testscript.TestScript, _ bool, _ []string) {
			s := cfapitest.New(t)
			c := ts.Value(cloudflareKey{}).(*cloudflare)
			*c = cloudflare{
				Server: s, user: s.AddUser("ada@example.com"), account: s.AddAccount("acme"), tokens: make(map[string]*cfapitest.Token),
				services: make(map[string]*cfapitest.ServiceToken), tunnels: make(map[string]*cfapitest.Tunnel), widgets: make(map[string]*cfapitest.Widget),
			}
			c.user.Join(c.account)
			ts.Setenv("ADA", c.user.ID)
			ts.Setenv("ACCOUNT", c.account.ID)
			ts.Setenv("CLOUDFLARE_BASE_URL", s.URL)
		},
		"credential": func(ts *testscript.TestScript, _ bool, args []string) {
			value, token := on(ts).newCredential(ts, args[0], args[1:])
			if token != nil {
				on(ts).tokens[args[0]] = token
				ts.Setenv(args[0]+"_ID", token.ID)
			}
			ts.Setenv(args[0], value)
			ts.Setenv(args[0]+"_MASK", secret.New([]byte(value)).Mask())
		},
		"product": func(ts *testscript.TestScript, _ bool, args []string) {
			value, id := on(ts).newProduct(ts, args[0], args[1])
			ts.Setenv(args[0], value)
			ts.Setenv(args[0]+"_ID", id)
			ts.Setenv(args[0]+"_MASK", secret.New([]byte(value)).Mask())
		},
		"r2": func(ts *testscript.TestScript, _ bool, args []string) {
			value := detectors.R2SecretOf(secret.New([]byte(ts.Getenv(args[1]))))
			ts.Setenv(args[0], value.Reveal())
			ts.Setenv(args[0]+"_MASK", value.Mask())
		},
		"state": func(ts *testscript.TestScript, _ bool, args []string) {
			if got := on(ts).tokens[args[0]].Status(); got != args[1] {
				ts.Fatalf("%s is %s", args[0], got)
			}
		},
		"renewed": func(ts *testscript.TestScript, _ bool, args []string) {
			token := on(ts).tokens[args[0]]
			if got := ts.ReadFile(args[1]); got != token.Value() || token.Rolls() != 1 {
				ts.Fatalf("%s was rolled %d times, and %s holds %d bytes, not its value", args[0], token.Rolls(), args[1], len(got))
			}
			ts.Setenv(args[0]+"_NEW", token.Value())
		},
		"replaced": func(ts *testscript.TestScript, _ bool, args []string) {
			value, n := on(ts).product(args[0])
			if got := ts.ReadFile(args[1]); got != value || n != 1 {
				ts.Fatalf("%s was replaced %d times, and %s holds %d bytes, not its value", args[0], n, args[1], len(got))
			}
			ts.Setenv(args[0]+"_NEW", value)
		},
		"changes": func(ts *testscript.TestScript, _ bool, args []string) {
			n := 0
			for _, c := range on(ts).Calls() {
				if c.Method != http.MethodGet && !strings.HasSuffix(c.Path, "/siteverify") {
					n++
				}
			}
			if strconv.Itoa(n) != args[0] {
				ts.Fatalf("%d requests have changed something, not %s", n, args[0])
			}
		},
		"calls": func(ts *testscript.TestScript, _ bool, args []string) {
			if n := on(ts).CallsBy(ts.Getenv(args[1])); strconv.Itoa(n) != args[0] {
				ts.Fatalf("%d requests were made with %s, not %s", n, args[1], args[0])
			}
		},
	}
}

// newCredential adds a credential to a fake: a user's token that is active and
// may do nothing, unless words say otherwise. Of a Global API key there is no
// token.
func (c *cloudflare) newCredential(ts *testscript.TestScript, name string, words []string) (string, *cfapitest.Token) {
	spec := cfapitest.TokenSpec{Name: strings.ToLower(name)}
	add := c.user.AddToken
	isDeleted := false
	for _, w := range words {
		switch w {
		case "key":
			return c.user.GlobalKey(), nil
		case "account":
			add = c.account.AddToken
		case "legacy":
			spec.Legacy = true
		case "disabled", "expired":
			spec.Status = w
		case "deleted":
			isDeleted = true
		case "reads":
			spec.Policies = append(spec.Policies, c.account.AllowZones("Zone Read"))
		case "writes":
			spec.Policies = append(spec.Policies, c.account.AllowZones("DNS Write"))
		case "mints":
			spec.Policies = append(spec.Policies, c.user.Allow("API Tokens Write"), c.account.Allow("Account API Tokens Write"))
		case "manages": // all that is no token
			spec.Policies = append(spec.Policies, c.account.Allow("Access: Service Tokens Write", "Cloudflare Tunnel Write", "Turnstile Sites Write"))
		case "buckets":
			spec.Policies = append(spec.Policies, c.account.Allow("Workers R2 Storage Write"))
		default:
			ts.Fatalf("unknown word %q", w)
		}
	}
	token := add(spec)
	value := token.Value()
	if isDeleted {
		token.Delete()
	}
	return value, token
}

// newProduct adds to the account what has a secret, and returns that and what
// names it.
func (c *cloudflare) newProduct(ts *testscript.TestScript, name, kind string) (value, id string) {
	lower := strings.ToLower(name)
	switch kind {
	case "access":
		k := c.account.AddServiceToken(lower)
		c.services[name] = k
		return k.Secret(), k.ClientID
	case "tunnel", "warp":
		k := c.account.AddTunnel(lower)
		if kind == "warp" {
			k = c.account.AddWARPConnector(lower)
		}
		c.tunnels[name] = k
		return k.Token(), k.ID
	case "turnstile":
		k := c.account.AddWidget(lower)
		c.widgets[name] = k
		return k.Secret(), k.SiteKey
	}
	ts.Fatalf("unknown kind %q", kind)
	return "", ""
}

// product returns the present value of what newProduct added, and how often it was
// changed.
func (c *cloudflare) product(name string) (value string, changes int) {
	if k := c.services[name]; k != nil {
		return k.Secret(), k.Rotations()
	}
	if k := c.tunnels[name]; k != nil {
		return k.Token(), k.Changes()
	}
	k := c.widgets[name]
	return k.Secret(), k.Rotations()
}
