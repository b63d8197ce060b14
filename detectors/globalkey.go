package detectors

import (
	"context"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// GlobalKey is a user's Global API key, in the format issued since 2026.
//
// See https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/.
var GlobalKey = &Detector{
	ID:          "cloudflare-global-key",
	Title:       "Cloudflare Global API key",
	Description: "The Global API key of a user (cfk_). Together with the user's e-mail address it may do everything that the user may, in every account; it does not expire and cannot be limited. Its checksum tells it from a look-alike.",
	Advice:      globalKeyAdvice,
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/get-started/keys/",
	Severity:    9.8,
	Confidence:  secret.Certain,
	Shapes:      []Shape{scannable("cfk_")},
	GlobalKey:   true,
	Verify:      verifyGlobalKey,
}

// There is no call that changes a Global API key.
const globalKeyAdvice = "Change the key in the dashboard under My Profile > API Tokens > API Keys > Global API Key > Change; there is no API for it. Everything that uses the key stops working: replace it by API tokens with narrow permissions. Look through the audit log for what was done with it. Removing it from the files or the history does not make it safe."

// verifyGlobalKey asks with each address that stands near a key.
func verifyGlobalKey(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	v := untold("the address of its user is not known, and without that a key cannot be asked about")
	for i, email := range s.Emails {
		if i == maxCompanions {
			break
		}
		c.Use(cfapi.Key(email, s.Secret))
		if v = c.VerifyKey(ctx); v.Settled() || v.Status == secret.Invalid {
			return v
		}
	}
	return v
}
