package cfapitest

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBeside says what is answered beside the API to requests that a client of
// ours does not make, too.
func TestBeside(t *testing.T) {
	r := &recorder{TB: t}
	s := New(r)
	a := s.AddAccount("Acme")
	w := a.AddWidget("login")
	k := a.AddToken(TokenSpec{})
	root := strings.TrimSuffix(s.URL, basePath)
	const siteverify, forms = "/challenges.cloudflare.com/turnstile/v0/siteverify", "application/x-www-form-urlencoded"
	buckets := "/" + a.ID + ".r2.cloudflarestorage.com/"
	sign := func(id string) string {
		return "AWS4-HMAC-SHA256 Credential=" + id + "/" + time.Now().UTC().Format("20060102") + "/auto/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=" + strings.Repeat("0", 64)
	}
	for _, tt := range []struct {
		name, method, path, kind, body, auth string
		status                               int
		says                                 string
		complains                            bool
	}{
		{"a known key, as a form", "POST", siteverify, forms, "secret=" + w.Secret() + "&response=x", "", 200, "invalid-input-response", false},
		{"a known key, as JSON", "POST", siteverify, "application/json", `{"secret":"` + w.Secret() + `","response":"x"}`, "", 200, "invalid-input-response", false},
		{"an unknown key", "POST", siteverify, forms, "secret=x&response=x", "", 200, "invalid-input-secret", false},
		{"no key", "POST", siteverify, forms, "response=x", "", 200, "missing-input-secret", false},
		{"no answer", "POST", siteverify, forms, "secret=" + w.Secret(), "", 200, "missing-input-response", false},
		{"nothing of either form", "POST", siteverify, "text/plain", "secret=" + w.Secret(), "", 200, "missing-input-secret", false},
		{"another method", "GET", siteverify, "", "", "", 404, "7003", true},
		{"buckets, unsigned", "GET", buckets, "", "", "", 400, "InvalidArgument", false},
		{"buckets, as a token", "GET", buckets, "", "", "Bearer " + k.Value(), 400, "InvalidArgument", false},
		{"buckets, wrongly signed", "GET", buckets, "", "", sign(k.ID), 403, "SignatureDoesNotMatch", false},
		{"buckets, by an unknown key", "GET", buckets, "", "", sign(strings.Repeat("0", 32)), 401, "Unauthorized", false},
		{"buckets, by what is no key", "GET", buckets, "", "", sign("short"), 400, "InvalidArgument", false},
		{"of another jurisdiction", "GET", "/" + a.ID + ".us.r2.cloudflarestorage.com/", "", "", "", 404, "7003", true},
		{"of another host", "GET", "/example.com/", "", "", "", 404, "7003", true},
	} {
		req, err := http.NewRequest(tt.method, root+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", tt.kind)
		if tt.auth != "" {
			req.Header.Set("Authorization", tt.auth)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.says) {
			t.Errorf("%s: %v, %d %s, want %d %s", tt.name, err, resp.StatusCode, body, tt.status, tt.says)
		}
		if errors := r.take(); (len(errors) > 0) != tt.complains {
			t.Errorf("%s: complaints %q", tt.name, errors)
		}
	}
}

// TestProductRights says that nothing that is no token is shown or changed without
// the permission for it, and that what is changed is what was asked for.
func TestProductRights(t *testing.T) {
	s := New(t)
	u, a, other := s.AddUser("ada@example.com"), s.AddAccount("Acme"), s.AddAccount("Other")
	u.Join(a, other)
	k, c, w := a.AddServiceToken("ci"), a.AddTunnel("office"), a.AddWidget("login")
	reader := u.AddToken(TokenSpec{Policies: []Policy{a.Allow(serviceTokensRead, tunnelRead, turnstileRead)}}).Value()
	writer := u.AddToken(TokenSpec{Policies: []Policy{a.Allow(serviceTokensWrite, tunnelWrite, turnstileWrite)}}).Value()
	nobody := u.AddToken(TokenSpec{}).Value()
	at := "/accounts/" + a.ID
	for _, tt := range []struct {
		method, path, body     string
		nobody, reader, writer int
	}{
		{"GET", "/access/service_tokens", "", 403, 200, 200},
		{"GET", "/access/service_tokens/" + k.ID, "", 403, 200, 200},
		{"PUT", "/access/service_tokens/" + k.ID, `{"name":"ci","enabled":false}`, 403, 403, 200},
		{"POST", "/access/service_tokens/" + k.ID + "/rotate", "", 403, 403, 200},
		{"GET", "/cfd_tunnel/" + c.ID, "", 403, 200, 200},
		{"GET", "/cfd_tunnel/" + c.ID + "/token", "", 403, 403, 200},
		{"GET", "/warp_connector/" + c.ID, "", 403, 404, 404},
		{"DELETE", "/cfd_tunnel/" + c.ID, "{}", 403, 403, 400},
		{"PATCH", "/cfd_tunnel/" + c.ID, `{"name":"office","tunnel_secret":"AAAA"}`, 403, 403, 400},
		{"DELETE", "/cfd_tunnel/" + c.ID + "/connections", "{}", 403, 403, 200},
		{"DELETE", "/cfd_tunnel/" + c.ID, "{}", 403, 403, 200},
		{"GET", "/challenges/widgets", "", 403, 200, 200},
		{"GET", "/challenges/widgets/" + w.SiteKey, "", 403, 200, 200},
		{"POST", "/challenges/widgets/" + w.SiteKey + "/rotate_secret", `{"invalidate_immediately":true}`, 403, 403, 200},
		{"DELETE", "/access/service_tokens/" + k.ID, "", 403, 403, 200},
		{"GET", "/access/service_tokens/" + k.ID, "", 403, 404, 404},
	} {
		for _, by := range []struct {
			value string
			want  int
		}{{nobody, tt.nobody}, {reader, tt.reader}, {writer, tt.writer}} {
			if r := call(t, s, tt.method, at+tt.path, tt.body, bearer(by.value)); r.status != by.want || r.Success != (by.want == 200) {
				t.Errorf("%s %s: %d, want %d", tt.method, tt.path, r.status, by.want)
			}
		}
		if r := call(t, s, tt.method, "/accounts/"+other.ID+tt.path, tt.body, bearer(writer)); r.Success {
			t.Errorf("%s %s of another account: %d", tt.method, tt.path, r.status)
		}
	}
	if k.Rotations() != 1 || k.Document() != nil || !c.IsDeleted() || c.Changes() != 0 || w.Rotations() != 1 {
		t.Errorf("%d rotations, %v, deleted %t, %d changes, %d rotations", k.Rotations(), k.Document(), c.IsDeleted(), c.Changes(), w.Rotations())
	}
}
