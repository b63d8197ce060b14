package detectors

import (
	"bytes"

	"github.com/leakflare/leakflare/detectors/secret"
)

// DeployHook is the address of a deploy hook of Pages or of Workers Builds. Whoever
// posts to it starts a build, so that nobody is asked whether it works:
// https://developers.cloudflare.com/pages/configuration/deploy-hooks/.
var DeployHook = &Detector{
	ID:          "cloudflare-deploy-hook",
	Title:       "Cloudflare deploy hook",
	Description: "The address of a deploy hook of Pages or Workers Builds. Whoever has it can start builds of the project; the UUID in it is the secret.",
	Advice:      "Delete the deploy hook in the dashboard, in the settings of the project under Builds, and make another.",
	HelpURL:     "https://developers.cloudflare.com/pages/configuration/deploy-hooks/",
	Severity:    4.3,
	Confidence:  secret.Certain,
	// The run begins behind the last dot of the host.
	Shapes: []Shape{{
		MinRun: len("com/deploy_hooks/") + uuidLen, MaxRun: 160,
		Likely:    func(text []byte, at int) bool { return bytes.HasPrefix(text[at:], []byte("com/client/v4/")) },
		Recognize: recognizeDeployHook,
	}},
	Verify: never("to ask is to start a build"),
}

const uuidLen = 36

func recognizeDeployHook(text []byte, at int) (Match, bool) {
	end := at
	for end < len(text) && class[text[end]]&base64Char != 0 {
		end++
	}
	run := text[at:end]
	before := text[:at]
	for _, path := range []string{"com/client/v4/pages/webhooks/deploy_hooks/", "com/client/v4/workers/builds/deploy_hooks/"} {
		rest, ok := bytes.CutPrefix(run, []byte(path))
		if !ok || !bytes.HasSuffix(before, []byte("api.cloudflare.")) || len(rest) < uuidLen || !isUUID(rest[:uuidLen]) {
			continue
		}
		start := at + len(path)
		m := Match{
			Span: Span{start, start + uuidLen}, Secret: secret.New(rest[:uuidLen]),
			Confidence: secret.Certain, Reason: "it is the address of one",
		}
		if isPlaceholder(bytes.ReplaceAll(rest[:uuidLen], []byte("-"), nil), 6) {
			m.Rejected = placeholder
		}
		return m, true
	}
	return Match{}, false
}
