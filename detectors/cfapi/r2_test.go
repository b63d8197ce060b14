package cfapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// TestSignature signs the request for which Amazon publishes the signature, but
// for the header Range that its other examples have:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
func TestSignature(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "https://examplebucket.s3.amazonaws.com/?lifecycle", nil)
	if err != nil {
		t.Fatal(err)
	}
	k := R2Key{KeyID: "AKIAIOSFODNN7EXAMPLE", Secret: secret.New([]byte("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))}
	if err := signS3(r, k, "us-east-1", time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	const want = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
	if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+want) {
		t.Errorf("%s", got)
	}
	for _, bad := range []R2Key{{KeyID: "a\nb", Secret: k.Secret}, {KeyID: "a", Secret: secret.New([]byte("b c"))}} {
		if signS3(r, bad, "auto", time.Now()) == nil {
			t.Error("signed with what is no key")
		}
	}
}

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestHosts says to which hosts requests go, whatever asks for them.
func TestHosts(t *testing.T) {
	id := strings.Repeat("0a", 16)
	for address, ok := range map[string][2]bool{ // of the real API, and of one on this machine
		"https://api.cloudflare.com/client/v4/user":             {true, false},
		"https://challenges.cloudflare.com/turnstile":           {true, false},
		"https://" + id + ".r2.cloudflarestorage.com/":          {true, false},
		"https://" + id + ".eu.r2.cloudflarestorage.com/":       {true, false},
		"https://" + id + ".fedramp.r2.cloudflarestorage.com/":  {true, false},
		"http://challenges.cloudflare.com/turnstile":            {},
		"http://" + id + ".r2.cloudflarestorage.com/":           {},
		"https://challenges.cloudflare.com:8443/":               {},
		"https://" + id + ".us.r2.cloudflarestorage.com/":       {},
		"https://" + id + ".x.eu.r2.cloudflarestorage.com/":     {},
		"https://bucket." + id + ".r2.cloudflarestorage.com/":   {},
		"https://" + id + ".r2.cloudflarestorage.com.evil.test": {},
		"https://r2.cloudflarestorage.com/":                     {},
		"https://" + id[1:] + ".r2.cloudflarestorage.com/":      {},
		"https://dash.cloudflare.com/":                          {},
		"http://127.0.0.1:1/client/v4/user":                     {false, true},
		"http://127.0.0.1:2/":                                   {},
	} {
		for i, base := range []string{"https://api.cloudflare.com/client/v4", "http://127.0.0.1:1/client/v4"} {
			b, err := url.Parse(base)
			if err != nil {
				t.Fatal(err)
			}
			went := false
			hosts := fewHosts{b, roundTrip(func(*http.Request) (*http.Response, error) { went = true; return nil, nil })}
			r, err := http.NewRequest(http.MethodGet, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = hosts.RoundTrip(r)
			if went != ok[i] || went != (err == nil) {
				t.Errorf("%s, with the API at %s: sent %t, %v", address, base, went, err)
			}
		}
	}
}

// TestR2Host says that nothing is sent where an id is no account's.
func TestR2Host(t *testing.T) {
	sent := false
	c, err := New(Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = true
		return nil, http.ErrServerClosed
	})})
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("0a", 16)
	for _, k := range []R2Key{{AccountID: "evil.example/", KeyID: id}, {AccountID: "x", KeyID: id}, {AccountID: id, Jurisdiction: "evil", KeyID: id}, {KeyID: id}} {
		if v := c.Caller(Credential{}, 4).VerifyR2Key(t.Context(), k); v.Status != secret.Unknown || sent {
			t.Errorf("%+v: %+v, sent %t", k, v, sent)
		}
	}
}
