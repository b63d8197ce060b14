package detectors

import (
	"encoding/base64"
	"slices"
	"testing"

	"github.com/leakflare/leakflare/testdata/mint"
)

// TestStreamKey says that a key, which is longer than the reach, is found by its
// beginning in pieces as in the whole, and in base64 of its own.
func TestStreamKey(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte("-----BEGIN RSA PRIVATE KEY-----\n" + mint.Hex("stream", 1600)))
	for name, in := range map[string]string{
		"plain":                    "# Cloudflare\nCLOUDFLARE_STREAM_PEM=" + key + "\n",
		"base64 of all":            base64.StdEncoding.EncodeToString([]byte("# Cloudflare\nCLOUDFLARE_STREAM_PEM=" + key + "\n")),
		"a value of Kubernetes":    "# Cloudflare\n  STREAM_PEM: " + base64.StdEncoding.EncodeToString([]byte(key)) + "\n",
		"nothing that says Stream": "KEY=" + key + "\n",
	} {
		var want []string
		if name != "nothing that says Stream" {
			want = []string{key[:streamKeyPart]}
		}
		if got := secrets(in); !slices.Equal(got, want) {
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
