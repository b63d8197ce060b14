package detectors

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/mint"
)

// TestStreamKey says that a key, which is longer than the reach, is found by its
// beginning in pieces as in the whole, and in base64 of its own.
func TestStreamKey(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte("-----BEGIN RSA PRIVATE KEY-----\n" + mint.Hex("stream", 1600)))
	jwk := func(kid string) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"use":"sig","kty":"RSA","kid":"` + kid + `","alg":"RS256","n":"` + mint.Hex("stream", 1600) + `"}`))
	}
	id := mint.ID("stream")
	for name, in := range map[string]string{
		"a JWK":                    "STREAM_JWK=" + jwk(id) + "\n",
		"a JWK with an id":         "KEY=" + jwk(id) + "\n",
		"nothing, a JWK":           "KEY=" + jwk("2024-01") + "\n",
		"the API's answer":         `{"result":{"id":"` + id + `","pem":"` + key + `","jwk":"` + jwk(id) + `"}}`,
		"a state of Terraform":     `"type": "cloudflare_stream_key",` + strings.Repeat(" ", 400) + `"jwk": "` + jwk(id) + `"`,
		"nothing, a kubeconfig":    `{"name":"` + id + `","client-key-data":"` + key + `"}`,
		"plain":                    "# Cloudflare\nCLOUDFLARE_STREAM_PEM=" + key + "\n",
		"base64 of all":            base64.StdEncoding.EncodeToString([]byte("# Cloudflare\nCLOUDFLARE_STREAM_PEM=" + key + "\n")),
		"a value of Kubernetes":    "# Cloudflare\n  STREAM_PEM: " + base64.StdEncoding.EncodeToString([]byte(key)) + "\n",
		"nothing that says Stream": "KEY=" + key + "\n",
	} {
		var want []string
		switch {
		case name == "the API's answer":
			want = []string{jwk(id)[:streamKeyPart], key[:streamKeyPart]}
		case strings.Contains(name, "JWK") && !strings.HasPrefix(name, "nothing"), name == "a state of Terraform":
			want = []string{jwk(id)[:streamKeyPart]}
		case !strings.HasPrefix(name, "nothing"):
			want = []string{key[:streamKeyPart]}
		}
		got := secrets(in)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: found %d credentials, want %d: %q", name, len(got), len(want), got)
		}
		whole := matches([]byte(in), Span{0, len(in)}, 0)
		for _, step := range []int{1, 7, 100, 700} {
			if got := pieces([]byte(in), step); !slices.Equal(got, whole) {
				t.Errorf("%s: pieces of %d give %q, the whole %q", name, step, got, whole)
			}
		}
	}
}
