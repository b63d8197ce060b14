package scanner

import (
	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// derive says of R2 keys which API token they are made from, and of the tokens
// that they are, where both were found: that one is the hash of the other proves
// both. The key is what Cloudflare's id of the token names, too.
func derive(findings []report.Finding, secrets map[credential]found) {
	keys := make(map[secret.Fingerprint]*report.Finding)
	for i := range findings {
		if f := &findings[i]; f.Rule == detectors.R2Key.ID {
			keys[f.Fingerprint] = f
		}
	}
	if len(keys) == 0 {
		return
	}
	for i := range findings {
		token := &findings[i]
		if d := detectors.ByID(token.Rule); d == nil || !d.APIToken {
			continue
		}
		made := detectors.R2SecretOf(secrets[credential{token.Rule, token.Fingerprint}].value).Fingerprint()
		key := keys[made]
		if key == nil {
			continue
		}
		// The fingerprint of the token would be the secret of the key.
		key.DerivedFrom, token.Derives = token.Masked, made
		key.Confidence, key.Reason = secret.Certain, "it is the SHA-256 of the API token "+token.Masked+", which was found too"
		if token.Confidence < secret.Certain {
			token.Confidence, token.Reason = secret.Certain, "the R2 key "+key.Masked+", which was found too, is its SHA-256"
		} else {
			token.Reason += "; the R2 key " + key.Masked + ", which was found too, is made from it"
		}
	}
}

// inherit says of R2 keys that were found with their token what Cloudflare has
// said of that: which one it is, whose, and what it can do.
func inherit(findings []report.Finding) {
	tokens := make(map[secret.Fingerprint]*report.Finding)
	for i := range findings {
		if f := &findings[i]; f.Derives != (secret.Fingerprint{}) {
			tokens[f.Derives] = f
		}
	}
	for i := range findings {
		key := &findings[i]
		token := tokens[key.Fingerprint]
		if key.Rule != detectors.R2Key.ID || token == nil || token.TokenID == "" {
			continue
		}
		key.KeyID, key.TokenID, key.TokenOf, key.Identity = token.TokenID, token.TokenID, token.TokenOf, token.Identity
		if token.TokenOf == report.OfAccount {
			key.AccountID = token.AccountID
		}
	}
}
