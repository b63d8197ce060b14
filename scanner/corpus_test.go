package scanner_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFullCorpus says that all is found that a full corpus has in archives, in the
// folder that LEAKFLARE_CORPUS names; the rest is for the test of that name beside the
// detectors.
func TestFullCorpus(t *testing.T) {
	root := os.Getenv("LEAKFLARE_CORPUS")
	if root == "" {
		t.Skip("no corpus: LEAKFLARE_CORPUS is not set")
	}
	text, err := os.ReadFile(filepath.Join(root, "labels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var labels map[string]struct {
		Findings []struct {
			Encoding string
			SHA256   string `json:"secret_sha256"`
		}
	}
	if err := json.Unmarshal(text, &labels); err != nil {
		t.Fatal(err)
	}
	wanted := 0
	for file, label := range labels {
		found := make(map[string]bool)
		for _, f := range label.Findings {
			if !strings.Contains(f.Encoding, "archive") && !strings.Contains(f.Encoding, "gzip") {
				continue
			}
			if wanted++; len(found) == 0 {
				for _, f := range scan(t, filepath.Join(root, file)).Findings {
					found[f.Fingerprint.String()] = true
				}
			}
			if !found[f.SHA256] {
				t.Errorf("%s: missed what is in %s", file, f.Encoding)
			}
		}
	}
	if wanted == 0 {
		t.Error("the labels want nothing")
	}
}
