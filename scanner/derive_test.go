package scanner

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/mint"
)

// r2Config is a configuration with an R2 key made from a token.
func r2Config(token, id string) string {
	return "R2_ACCESS_KEY_ID=" + id + "\nR2_SECRET_ACCESS_KEY=" + detectors.R2SecretOf(secret.New([]byte(token))).Reveal() + "\n"
}

// TestDerived finds tokens and R2 keys in different files, of which some belong
// together.
func TestDerived(t *testing.T) {
	token, legacy, other := mint.Token("cfat_", "r2"), mint.Legacy("r2"), mint.Token("cfut_", "other")
	ids := map[string]string{token: mint.ID("a"), legacy: mint.ID("b")}
	stray := mint.Hex("stray", 64)
	sum, _ := execute(t, &Scan{Detectors: detectors.All, Sources: []source.Source{newShelf("s",
		file("token.env", "TOKEN="+token+"\nOTHER="+other+"\n"),
		file("legacy.env", "CF_API_TOKEN="+legacy+"\n"),
		file("r2.env", r2Config(token, ids[token])),
		file("old.env", r2Config(legacy, ids[legacy])),
		file("stray.env", "R2_SECRET_ACCESS_KEY="+stray+"\n"),
	)}})
	if len(sum.Findings) != 6 {
		t.Fatalf("%d findings: %+v", len(sum.Findings), sum.Findings)
	}
	of := func(value string) report.Finding {
		for _, f := range sum.Findings {
			if f.Fingerprint == secret.New([]byte(value)).Fingerprint() {
				return f
			}
		}
		t.Fatal("a credential is not found")
		return report.Finding{}
	}
	for value, id := range ids {
		made := detectors.R2SecretOf(secret.New([]byte(value)))
		from, key := of(value), of(made.Reveal())
		if from.Derives != key.Fingerprint || from.Confidence != secret.Certain || !strings.Contains(from.Reason, key.Masked) {
			t.Errorf("of the token: %+v", from)
		}
		if key.DerivedFrom != from.Masked || key.Confidence != secret.Certain || key.KeyID != id || key.TokenID != id || !strings.Contains(key.Reason, from.Masked) {
			t.Errorf("of the key: %+v", key)
		}
		// That of the key is nobody else's secret.
		if b, _ := json.Marshal(key); strings.Contains(string(b), made.Reveal()) || strings.Contains(string(b), value) {
			t.Errorf("the finding holds a secret: %s", key.Masked)
		}
	}
	for _, alone := range []string{other, stray} {
		if f := of(alone); f.Derives != (secret.Fingerprint{}) || f.DerivedFrom != "" {
			t.Errorf("belongs to nothing: %+v", f)
		}
	}
}

// TestInherit says of an R2 key what is known of its token.
func TestInherit(t *testing.T) {
	print := secret.New([]byte("key")).Fingerprint()
	id, account := mint.ID("token"), mint.ID("account")
	findings := []report.Finding{
		{Rule: detectors.R2Key.ID, Fingerprint: print, KeyID: mint.ID("beside it"), AccountID: mint.ID("another")},
		{Rule: detectors.AccountToken.ID, Derives: print, TokenID: id, TokenOf: report.OfAccount, AccountID: account, Identity: &report.Identity{Risk: report.HighRisk}},
		{Rule: detectors.R2Key.ID, KeyID: id, TokenID: id},
	}
	inherit(findings)
	if f := findings[0]; f.KeyID != id || f.TokenID != id || f.TokenOf != report.OfAccount || f.AccountID != account || f.Identity == nil {
		t.Errorf("%+v", f)
	}
	if f := findings[2]; f.TokenOf != "" {
		t.Errorf("without a token: %+v", f)
	}
}
