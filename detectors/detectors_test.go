package detectors

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

// TestAll holds each detector to what the engine and the reports need of it.
func TestAll(t *testing.T) {
	seen := make(map[string]bool)
	for _, d := range All {
		if d.ID == "" || seen[d.ID] || !strings.HasPrefix(d.ID, "cloudflare-") {
			t.Errorf("id %q: empty, taken or not ours", d.ID)
		}
		seen[d.ID] = true
		if d.Title == "" || d.Description == "" || d.Advice == "" || !strings.HasPrefix(d.HelpURL, "https://developers.cloudflare.com/") {
			t.Errorf("%s: not all is told", d.ID)
		}
		if d.Severity <= 0 || d.Severity > 10 || d.Confidence < secret.Medium || d.Confidence > secret.Certain {
			t.Errorf("%s: severity %v, confidence %v", d.ID, d.Severity, d.Confidence)
		}
		if len(d.Shapes) == 0 {
			t.Errorf("%s: no shapes", d.ID)
		}
		for _, s := range d.Shapes {
			switch {
			case s.Prefix != "":
				if d != NewToken && !slices.Contains(knownPrefixes[:], s.Prefix) {
					t.Errorf("%s: %s is taken for new", d.ID, s.Prefix)
				}
				if !strings.HasPrefix(s.Prefix, "cf") || s.MinRun < minRun || s.MaxRun != 0 {
					t.Errorf("%s: the engine does not find the prefix %q", d.ID, s.Prefix)
				}
			case s.MinRun < minRun || s.MaxRun < s.MinRun:
				t.Errorf("%s: the engine does not find runs of %d to %d", d.ID, s.MinRun, s.MaxRun)
			}
		}
		if d.Rollable && (d.GlobalKey || d.Verify == nil) {
			t.Errorf("%s: nothing tells the id that it could be rolled by", d.ID)
		}
		tunnel, _, _ := mint.Tunnel("all")
		sample := map[string]string{
			"cloudflare-access-secret":     mint.Token("cfast_", "all"),
			"cloudflare-oauth-token":       mint.OAuth("cfoat_", "all"),
			"cloudflare-tunnel-token":      tunnel,
			"cloudflare-r2-key":            "R2_SECRET_ACCESS_KEY=" + mint.Hex("all", 64),
			"cloudflare-turnstile-secret":  mint.Turnstile("all"),
			"cloudflare-origin-ca-key":     mint.OriginCA("all"),
			"cloudflare-realtime-secret":   "CLOUDFLARE_TURN_KEY_API_TOKEN=" + mint.Hex("all", 64),
			"cloudflare-stream-key":        "CLOUDFLARE_STREAM_PEM=" + base64.StdEncoding.EncodeToString([]byte("-----BEGIN RSA PRIVATE KEY-----\n"+mint.Hex("all", 1200))),
			"cloudflare-deploy-hook":       "https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/" + mint.UUID("all"),
			"cloudflare-new-token":         mint.Token("cfnew_", "all"),
			"cloudflare-user-token":        mint.Token("cfut_", "all"),
			"cloudflare-account-token":     mint.Token("cfat_", "all"),
			"cloudflare-global-key":        mint.Token("cfk_", "all"),
			"cloudflare-legacy-token":      "CF_API_TOKEN=" + mint.Legacy("all"),
			"cloudflare-legacy-global-key": "CF_API_KEY=" + mint.LegacyKey("all"),
		}[d.ID]
		found := 0
		NewSet(All...).Matches([]byte(sample), Span{0, len(sample)}, func(m Match) {
			found++
			if m.Detector != d || m.Rejected != "" {
				t.Errorf("%s: a sample is found as %s %s", d.ID, m.Detector.ID, m.Rejected)
			}
		})
		if found != 1 {
			t.Errorf("%s: a sample is found %d times", d.ID, found)
		}
	}
}

// TestMask says that what is masked holds no credential any more, wherever and
// however it stands, and is otherwise the same.
func TestMask(t *testing.T) {
	set := NewSet(All...)
	tok, bad, old := mint.Token("cfut_", "m"), mint.Broken("cfat_", "m"), mint.Legacy("m")
	for in, want := range map[string]string{
		"":             "",
		"nothing here": "nothing here",
		"blobs/2112cbcfa5c26c39be6554c067d3ff670650dbce": "blobs/2112cbcfa5c26c39be6554c067d3ff670650dbce",
		"a " + tok + " b":           "a " + secret.New([]byte(tok)).Mask() + " b",
		tok + tok[:5]:               secret.New([]byte(tok)).Mask() + tok[:5],
		"a/" + tok[:45] + ".txt":    "a/" + secret.New([]byte(tok[:45])).Mask() + ".txt",
		"x" + bad + "/" + tok:       "x" + secret.New([]byte(bad)).Mask() + "/" + secret.New([]byte(tok)).Mask(),
		"CF_API_TOKEN=" + old + ";": "CF_API_TOKEN=" + secret.New([]byte(old)).Mask() + ";",
	} {
		if got := set.Mask(in); got != want {
			t.Errorf("%q is masked as %q, want %q", in, got, want)
		}
	}
}

// TestEmails says that what stands in a URL is no address.
func TestEmails(t *testing.T) {
	key := mint.Token("cfk_", "e")
	for in, want := range map[string]string{
		"key " + key + " of ops@acme.io":               "ops@acme.io",
		"ops@example.com " + key:                       "",
		"https://user:" + key + "@git.acme.io/x.git":   "",
		"https://bob:hunter2@git.acme.io/x.git " + key: "",
		"mail=<a.b+c@acme.co.uk> key=" + key:           "a.b+c@acme.co.uk",
	} {
		NewSet(GlobalKey).Matches([]byte(in), Span{0, len(in)}, func(m Match) {
			if got := strings.Join(m.Emails, " "); got != want {
				t.Errorf("in %q: %q, want %q", strings.ReplaceAll(in, key, "KEY"), got, want)
			}
		})
	}
}
