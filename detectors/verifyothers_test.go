package detectors_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

// TestAskOthers asks about credentials that are no API tokens or keys, with an
// operator who may see all of an account and without one. No secret is sent but to
// whom it is for, and nothing is changed.
func TestAskOthers(t *testing.T) {
	type world struct {
		*cfapitest.Server
		user    *cfapitest.User
		account *cfapitest.Account
		as      *cfapi.Credential // the operator
	}
	operate := func(w world, s detectors.Subject) detectors.Subject {
		s.As = w.as
		return s
	}
	access := func(w world, change func(*cfapitest.ServiceToken)) detectors.Subject {
		k := w.account.AddServiceToken("ci")
		change(k)
		s := operate(w, subject(k.Secret(), w.account.ID))
		s.PublicID = k.ClientID
		return s
	}
	tunnel := func(w world, k *cfapitest.Tunnel, value string) detectors.Subject {
		s := operate(w, subject(value, w.account.ID))
		s.PublicID = k.ID
		return s
	}
	r2 := func(w world, spec cfapitest.TokenSpec) (detectors.Subject, *cfapitest.Token) {
		k := w.account.AddToken(spec)
		s := subject(detectors.R2SecretOf(secret.New([]byte(k.Value()))).Reveal(), w.account.ID)
		s.PublicID = k.ID
		return s, k
	}
	reads := func(w world) cfapitest.TokenSpec {
		return cfapitest.TokenSpec{Policies: []cfapitest.Policy{w.account.Allow("Workers R2 Storage Read")}}
	}
	tests := []struct {
		name   string
		kind   *detectors.Detector
		build  func(w world) detectors.Subject
		status secret.Status
		detail string
		calls  int
	}{
		{"access: in force", detectors.AccessSecret, func(w world) detectors.Subject {
			return access(w, func(*cfapitest.ServiceToken) {})
		}, secret.Unknown, "is in force; whether this is its secret", 1},
		{"access: of an older client id, which has a host behind it", detectors.AccessSecret, func(w world) detectors.Subject {
			return access(w, func(k *cfapitest.ServiceToken) { k.Set("client_id", k.ClientID+".example.com") })
		}, secret.Unknown, "is in force", 1},
		{"access: disabled", detectors.AccessSecret, func(w world) detectors.Subject {
			return access(w, func(k *cfapitest.ServiceToken) { k.Set("enabled", false) })
		}, secret.Disabled, "", 1},
		{"access: expired", detectors.AccessSecret, func(w world) detectors.Subject {
			return access(w, func(k *cfapitest.ServiceToken) { k.Set("expires_at", "2026-01-01T00:00:00Z") })
		}, secret.Expired, "", 1},
		{"access: not there", detectors.AccessSecret, func(w world) detectors.Subject {
			s := access(w, func(*cfapitest.ServiceToken) {})
			s.PublicID = mint.ID("another") + ".access"
			return s
		}, secret.Unknown, "deleted, or another account's", 1},
		{"access: of the second account, and one of many", detectors.AccessSecret, func(w world) detectors.Subject {
			for range 25 {
				w.account.AddServiceToken("filler")
			}
			s := access(w, func(k *cfapitest.ServiceToken) { k.Set("enabled", false) })
			s.AccountIDs, s.OwnAccountIDs = []string{mint.ID("wrong")}, []string{w.account.ID}
			return s
		}, secret.Disabled, "", 3},
		{"access: no client id", detectors.AccessSecret, func(w world) detectors.Subject {
			s := access(w, func(*cfapitest.ServiceToken) {})
			s.PublicID = ""
			return s
		}, secret.Unknown, "client id", 0},
		{"access: no operator", detectors.AccessSecret, func(w world) detectors.Subject {
			s := access(w, func(*cfapitest.ServiceToken) {})
			s.As = nil
			return s
		}, secret.Unknown, "Access: Service Tokens Read", 0},
		{"access: an operator who may not", detectors.AccessSecret, func(w world) detectors.Subject {
			weak := cfapi.Token(secret.New([]byte(w.account.AddToken(cfapitest.TokenSpec{}).Value())))
			s := access(w, func(*cfapitest.ServiceToken) {})
			s.As = &weak
			return s
		}, secret.Unknown, "code 10000", 1},

		{"tunnel: its token", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			return tunnel(w, k, k.Token())
		}, secret.Active, "", 2},
		{"tunnel: its token, written otherwise", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			return tunnel(w, k, base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"s":"%s","a":"%s","t":"%s"}`, k.Secret(), w.account.ID, k.ID)))
		}, secret.Active, "", 2},
		{"tunnel: the secret of its credentials file", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			return tunnel(w, k, strings.TrimRight(k.Secret(), "="))
		}, secret.Active, "", 2},
		{"tunnel: rotated", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			s := tunnel(w, k, k.Token())
			k.Rotate()
			return s
		}, secret.Invalid, "it was rotated", 2},
		{"tunnel: deleted", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			k.Delete()
			return tunnel(w, k, k.Token())
		}, secret.Invalid, "was deleted on", 1},
		{"tunnel: of a WARP connector", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddWARPConnector("branch")
			return tunnel(w, k, k.Token())
		}, secret.Active, "", 3},
		{"tunnel: not there", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			s := tunnel(w, k, k.Token())
			s.PublicID = mint.UUID("another")
			return s
		}, secret.Unknown, "has no such tunnel", 2},
		{"tunnel: an operator who may not read its token", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			weak := cfapi.Token(secret.New([]byte(w.account.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{w.account.Allow("Cloudflare Tunnel Read")}}).Value())))
			s := tunnel(w, k, k.Token())
			s.As = &weak
			return s
		}, secret.Unknown, "cannot be read", 2},
		{"tunnel: no operator", detectors.TunnelToken, func(w world) detectors.Subject {
			k := w.account.AddTunnel("office")
			s := tunnel(w, k, k.Token())
			s.As = nil
			return s
		}, secret.Unknown, "Cloudflare Tunnel Write", 0},

		{"turnstile", detectors.TurnstileSecret, func(w world) detectors.Subject {
			return subject(w.account.AddWidget("login").Secret())
		}, secret.Active, "", 1},
		{"turnstile: rotated", detectors.TurnstileSecret, func(w world) detectors.Subject {
			k := w.account.AddWidget("login")
			s := subject(k.Secret())
			k.Rotate()
			return s
		}, secret.Invalid, "", 1},
		{"turnstile: an answer that does not tell", detectors.TurnstileSecret, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.Custom(func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `{"success":false,"error-codes":["internal-error"]}`)
			}))
			return subject(w.account.AddWidget("login").Secret())
		}, secret.Unknown, "internal-error", 1},
		{"turnstile: a key that accepts anything", detectors.TurnstileSecret, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.Custom(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"success":true}`) }))
			return subject(w.account.AddWidget("login").Secret())
		}, secret.Active, "accepts any answer", 1},
		{"turnstile: HTML", detectors.TurnstileSecret, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.HTML(403))
			return subject(w.account.AddWidget("login").Secret())
		}, secret.Unknown, "not Turnstile's (HTTP 403)", 1},
		{"turnstile: down", detectors.TurnstileSecret, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.HTML(503))
			return subject(w.account.AddWidget("login").Secret())
		}, secret.Unknown, "HTTP 503", 3},
		{"turnstile: a redirect", detectors.TurnstileSecret, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.Redirect(w.Elsewhere()))
			return subject(w.account.AddWidget("login").Secret())
		}, secret.Unknown, "redirect", 1},

		{"r2: may list", detectors.R2Key, func(w world) detectors.Subject { s, _ := r2(w, reads(w)); return s }, secret.Active, "may list all buckets", 1},
		{"r2: may not list", detectors.R2Key, func(w world) detectors.Subject {
			s, _ := r2(w, cfapitest.TokenSpec{})
			return s
		}, secret.Active, "may not list", 1},
		{"r2: with a jurisdiction", detectors.R2Key, func(w world) detectors.Subject {
			s, _ := r2(w, reads(w))
			s.Jurisdiction = "eu"
			return s
		}, secret.Active, "may list all buckets", 1},
		{"r2: whose, for an operator", detectors.R2Key, func(w world) detectors.Subject {
			s, _ := r2(w, reads(w))
			return operate(w, s)
		}, secret.Active, "may list all buckets", 2},
		{"r2: rolled", detectors.R2Key, func(w world) detectors.Subject {
			s, k := r2(w, reads(w))
			k.Roll()
			return s
		}, secret.Unknown, "with another secret", 1},
		{"r2: deleted", detectors.R2Key, func(w world) detectors.Subject {
			s, k := r2(w, reads(w))
			k.Delete()
			return s
		}, secret.Invalid, "does not accept the access key", 1},
		{"r2: no R2", detectors.R2Key, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.S3Error(403, "NotEntitled"))
			s, _ := r2(w, reads(w))
			return s
		}, secret.Unknown, "has no R2", 1},
		{"r2: an error of another kind", detectors.R2Key, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.S3Error(400, "ExpiredToken"))
			s, _ := r2(w, reads(w))
			return s
		}, secret.Unknown, "ExpiredToken", 1},
		{"r2: HTML", detectors.R2Key, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.HTML(200))
			s, _ := r2(w, reads(w))
			return s
		}, secret.Unknown, "", 1},
		{"r2: no account", detectors.R2Key, func(w world) detectors.Subject {
			s, _ := r2(w, reads(w))
			s.AccountIDs = nil
			return s
		}, secret.Unknown, "account that it is of is not known", 0},
		{"r2: no access key id", detectors.R2Key, func(w world) detectors.Subject {
			s, _ := r2(w, reads(w))
			s.PublicID = ""
			return s
		}, secret.Unknown, "access key id", 0},

		{"oauth", detectors.OAuthToken, func(w world) detectors.Subject {
			return subject(w.user.AddOAuthToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{w.user.Allow("User Details Read")}}).Value())
		}, secret.Active, "", 1},
		{"oauth: may not see its user", detectors.OAuthToken, func(w world) detectors.Subject {
			return subject(w.user.AddOAuthToken(cfapitest.TokenSpec{}).Value())
		}, secret.Active, "lacks the permission", 1},
		{"oauth: expired", detectors.OAuthToken, func(w world) detectors.Subject {
			return subject(mint.OAuth("cfoat_", "gone"))
		}, secret.Invalid, "", 1},
		{"oauth: without a prefix, and dead", detectors.OAuthToken, func(w world) detectors.Subject {
			return subject(mint.OAuth("", "gone"))
		}, secret.Unknown, "should it be a refresh token", 1},
		{"oauth: an answer that does not tell", detectors.OAuthToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", "/user", -1, cfapitest.Failure(401, 10000, "Authentication error"))
			return subject(w.user.AddOAuthToken(cfapitest.TokenSpec{}).Value())
		}, secret.Active, "", 2},
		{"oauth: a refresh token", detectors.OAuthToken, func(w world) detectors.Subject {
			return subject(mint.OAuth("cfort_", "r"))
		}, secret.Unknown, "to use it", 0},

		{"origin CA", detectors.OriginCAKey, func(w world) detectors.Subject { return subject(mint.OriginCA("o")) }, secret.Invalid, "since 2026-09-30", 0},
		{"deploy hook", detectors.DeployHook, func(w world) detectors.Subject { return subject(mint.UUID("d")) }, secret.Unknown, "start a build", 0},
		{"realtime", detectors.RealtimeSecret, func(w world) detectors.Subject { return subject(mint.Hex("r", 64)) }, secret.Unknown, "no call", 0},
		{"stream", detectors.StreamKey, func(w world) detectors.Subject { return subject(mint.Hex("s", 64)) }, secret.Unknown, "it signs", 0},
		{"a prefix of the future", detectors.NewToken, func(w world) detectors.Subject { return subject(mint.Token("cfxyz_", "n")) }, secret.Unknown, "not known", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := cfapitest.New(t)
			u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
			u.Join(a)
			as := cfapi.Token(secret.New([]byte(u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{
				u.Allow("API Tokens Read"), a.Allow("Account API Tokens Read", "Access: Service Tokens Read", "Cloudflare Tunnel Write", "Turnstile Sites Read"),
			}}).Value())))
			in := tt.build(world{s, u, a, &as})
			client, err := cfapi.New(cfapi.Options{BaseURL: s.URL, Rate: 1e6, Sleep: func(context.Context, time.Duration) error { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			v := tt.kind.Ask(t.Context(), client.Caller(cfapi.Credential{}, detectors.MaxCalls), in)
			if v.Status != tt.status || !strings.Contains(v.Detail, tt.detail) || tt.detail == "" && v.Status != secret.Unknown && v.Detail != "" {
				t.Errorf("%+v, want %s (%s)", v, tt.status, tt.detail)
			}
			if strings.Contains(fmt.Sprintf("%+v", v), in.Secret.Reveal()) {
				t.Error("the verdict shows the secret")
			}
			if tt.kind == detectors.R2Key && in.As != nil && (v.TokenID != in.PublicID || v.AccountID != a.ID) {
				t.Errorf("whose it is was not found out: %+v", v)
			}
			calls := s.Calls()
			if len(calls) != tt.calls || len(calls) > detectors.MaxCalls {
				t.Errorf("%d calls, want %d", len(calls), tt.calls)
			}
			for _, c := range calls {
				if c.Method != "GET" && !strings.HasSuffix(c.Path, "/siteverify") {
					t.Errorf("%s %s", c.Method, c.Path)
				}
			}
		})
	}
	for _, kind := range detectors.All {
		if kind.Verify == nil {
			t.Errorf("of %s nobody is told why it is not asked about", kind.ID)
		}
	}
}
