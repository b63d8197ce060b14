package detectors

import (
	"context"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// UserToken is an API token owned by a user, in the format issued since 2026.
//
// See https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/.
var UserToken = &Detector{
	ID:          "cloudflare-user-token",
	Title:       "Cloudflare user API token",
	Description: "An API token that a user created (cfut_). It may do whatever its policies allow, as that user, until it is rolled or deleted. Its checksum tells it from a look-alike.",
	Advice:      "Roll or delete the token in the dashboard under My Profile > API Tokens; only its owner can. Then put the new value where the old one was used, and look through the audit log for what was done with it. Removing it from the files or the history does not make it safe.",
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/how-to/roll-token/",
	Severity:    9.1,
	Confidence:  secret.Certain,
	Shapes:      []Shape{scannable("cfut_")},
	APIToken:    true,
	Rollable:    true,
	Verify:      verifyUserToken,
}

// verifyUserToken asks the verifier of users' tokens, which needs nothing else.
func verifyUserToken(ctx context.Context, c *cfapi.Caller, _ Subject) cfapi.Verdict {
	return c.VerifyUserToken(ctx)
}
