package detectors

import (
	"context"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// AccountToken is an API token owned by an account, in the format issued since
// 2026.
//
// See https://developers.cloudflare.com/fundamentals/api/get-started/account-owned-tokens/.
var AccountToken = &Detector{
	ID:          "cloudflare-account-token",
	Title:       "Cloudflare account API token",
	Description: "An API token owned by an account rather than by a user (cfat_). It may do whatever its policies allow, also after its creator left. Its checksum tells it from a look-alike.",
	Advice:      "Roll or delete the token in the dashboard under Manage Account > Account API Tokens; any Super Administrator of the account can. Then put the new value where the old one was used, and look through the audit log for what was done with it. Removing it from the files or the history does not make it safe.",
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/how-to/roll-token/",
	Severity:    9.1,
	Confidence:  secret.Certain,
	Shapes:      []Shape{scannable("cfat_")},
	APIToken:    true,
	Rollable:    true,
	Verify:      verifyAccountToken,
}

// verifyAccountToken asks the verifier of the account that owns a token.
func verifyAccountToken(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	return ofAccount(ctx, c, s, maxAccounts-1)
}
