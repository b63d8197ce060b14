package detectors

import "github.com/leakflare/leakflare/detectors/secret"

// RealtimeSecret is the secret of a Realtime (formerly Calls) app or of a TURN key:
// https://developers.cloudflare.com/realtime/turn/generate-credentials/.
var RealtimeSecret = &Detector{
	ID:          "cloudflare-realtime-secret",
	Title:       "Cloudflare Realtime secret",
	Description: "The secret of a Realtime (Calls) app or a TURN key, 64 hexadecimal digits named as one. With it sessions are made, or traffic relayed, at the account's expense.",
	Advice:      "Delete the app or the TURN key in the dashboard under Media > Realtime, and make another; there is no rotation. Then give the new one to what used it.",
	HelpURL:     "https://developers.cloudflare.com/realtime/turn/generate-credentials/",
	Severity:    6.5,
	Confidence:  secret.High,
	Shapes:      []Shape{{MinRun: hexSecretLen, MaxRun: hexSecretLen, Hex: true, Recognize: recognizeRealtimeSecret}},
	Verify:      never("there is no call that does nothing but tell whether it works, and Cloudflare shows it to nobody"),
}

func recognizeRealtimeSecret(text []byte, at int) (Match, bool) {
	if !standsAlone(text, at, at+hexSecretLen) {
		return Match{}, false
	}
	if !isCalled(text, at, "secret", "token", "key", "bearer") { // the common case, told soon
		return Match{}, false
	}
	m := Match{Span: Span{at, at + hexSecretLen}, Confidence: secret.High, Reason: "its name says that it is Realtime's"}
	named := isCalled(text, at, "callsappsecret", "callssecret", "realtimeappsecret", "realtimesecret", "callsapptoken", "turnkeyapitoken",
		"turnkeysecret", "turnkeytoken")
	turn := isCalled(text, at, "turnapitoken", "turnsecret", "turntoken") // of whatever server
	switch {
	case near(text, at, nearBefore, nearBefore, "rtc.live.cloudflare.com"):
		m.Reason = "it stands beside Realtime's address"
	case named && (vendorNear(text, at) || mentions(text, at, nearBefore, nearBefore, "cfcalls", "cfturn", "cfrealtime", "callsappid", "turnkeyid")):
	case (named || turn) && mentions(text, at, nearBefore, nearBefore, "cloudflareturn", "cloudflarecalls", "cloudflarerealtime", "turncloudflare"):
	case isMember(text, at):
		m.Reason = "it stands in what Cloudflare's API or Terraform say of an app or a key"
	default:
		return Match{}, false
	}
	return judged(m, text, text[m.Span.Start:m.Span.End]), true
}

// isMember reports whether the value at text[at:] is a member of what describes an
// app or a TURN key: the answer of the API to who made it, or a state of Terraform.
func isMember(text []byte, at int) bool {
	name := identifier(text, at)
	return (name == "secret" || name == "key") && near(text, at, Reach, 0, "calls") &&
		near(text, at, Reach, 0, "cloudflare_calls_", "/calls/apps", "/calls/turn_keys")
}
