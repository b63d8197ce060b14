package detectors

import (
	"bytes"
	"strings"

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
	Shapes: []Shape{
		// The run begins behind the last dot of the host, or, where slashes are written
		// otherwise, behind the last of them.
		{
			MinRun: len("com/deploy_hooks/") + uuidLen, MaxRun: 160,
			Likely:    func(text []byte, at int) bool { return bytes.HasPrefix(text[at:], []byte("com/client/v4/")) },
			Recognize: recognizeDeployHook,
		},
		{MinRun: uuidLen, MaxRun: len("2F") + uuidLen, Recognize: recognizeEscapedDeployHook},
	},
	Verify: never("to ask is to start a build"),
}

const uuidLen = 36

var hookPaths = [...]string{"/client/v4/pages/webhooks/deploy_hooks/", "/client/v4/workers/builds/deploy_hooks/"}

func recognizeDeployHook(text []byte, at int) (Match, bool) {
	rest, ok := bytes.CutPrefix(text[at:], []byte("com"))
	if !ok || !bytes.HasSuffix(text[:at], []byte("api.cloudflare.")) {
		return Match{}, false
	}
	for _, path := range hookPaths {
		if bytes.HasPrefix(rest, []byte(path)) {
			return deployHook(text, at+len("com")+len(path))
		}
	}
	return Match{}, false
}

// slashes are ways to write one in JSON, in a query and in HTML.
var slashes = [...]string{`\/`, "%2F", "%2f", "%252F", "%252f", `\u002F`, `\u002f`, "&#x2F;", "&#x2f;", "&#47;", `\\/`}

// recognizeEscapedDeployHook recognizes the address of a hook with slashes that are
// written otherwise.
func recognizeEscapedDeployHook(text []byte, at int) (Match, bool) {
	if text[at] == '/' {
		at++
	} else if bytes.HasSuffix(text[:at], []byte("%25")) {
		at += len("2F")
	}
	const name = "deploy_hooks"
	if before := text[max(0, at-len(name)-len(slashes[5])):at]; !bytes.Contains(before, []byte(name)) { // the common case, told at once
		return Match{}, false
	}
	for _, slash := range slashes {
		if !bytes.HasSuffix(text[:at], []byte(name+slash)) {
			continue
		}
		for _, path := range hookPaths {
			if bytes.HasSuffix(text[:at], []byte("api.cloudflare.com"+strings.ReplaceAll(path, "/", slash))) {
				return deployHook(text, at)
			}
		}
	}
	return Match{}, false
}

// deployHook makes a match of the UUID at text[at:], if there is one.
func deployHook(text []byte, at int) (Match, bool) {
	end := at + uuidLen
	if end > len(text) || !isUUID(text[at:end]) {
		return Match{}, false
	}
	m := Match{Span: Span{at, end}, Secret: secret.New(text[at:end]), Confidence: secret.Certain, Reason: "it is the address of one"}
	switch {
	case examples()[m.Secret.Fingerprint()]:
		m.Rejected = published
	case isPlaceholder(bytes.ReplaceAll(text[at:end], []byte("-"), nil), 6):
		m.Rejected = placeholder
	}
	return m, true
}
