package detectors

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// TunnelToken is what a cloudflared connector runs a tunnel with: the token of a
// remotely-managed tunnel, or the secret in a credentials file.
//
// A token is base64 of JSON with the members a (the account), t (the tunnel) and s
// (the secret, base64 of 32 bytes or more); a credentials file has them as
// AccountTag, TunnelID and TunnelSecret. See connection/connection.go of
// https://github.com/cloudflare/cloudflared. A cert.pem holds an API token in
// wrapped base64, which is found as what it is.
var TunnelToken = &Detector{
	ID:          "cloudflare-tunnel-token",
	Title:       "Cloudflare Tunnel token",
	Description: "The token of a Cloudflare Tunnel, or the secret in its credentials file. Whoever has it can run a connector of the tunnel and is sent its traffic. What is in it tells it from a look-alike.",
	Advice:      "Rotate the token in the dashboard under Networking > Tunnels > the tunnel > Rotate token, or by API with a new tunnel secret; then drop the connections that are there, which last until then, and start the connectors with the new one. Or delete the tunnel. Look at its connectors for addresses that are not yours.",
	HelpURL:     "https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/remote-tunnel-permissions/",
	Severity:    8.6,
	Confidence:  secret.Certain,
	Rotatable:   true,
	Shapes: []Shape{
		{
			MinRun: 120, MaxRun: 440,
			Likely:    func(text []byte, at int) bool { return bytes.HasPrefix(text[at:], []byte("eyJ")) },
			Recognize: recognizeTunnelToken,
		},
		{
			MinRun: tunnelSecretLen, MaxRun: 88,
			Likely:    func(text []byte, at int) bool { return lastLetter(text, behindName(text, at)) == 't' },
			Recognize: recognizeTunnelSecret,
		},
	},
	Verify: verifyTunnelToken,
}

// verifyTunnelToken compares the secret with the one that the tunnel has now. It
// is never used to connect: a second connector would be sent the tunnel's traffic.
func verifyTunnelToken(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	accounts := s.accounts()
	switch {
	case s.PublicID == "":
		return untold("the id of its tunnel does not stand beside it, and without that it cannot be looked up")
	case s.As == nil:
		return untold(noOperator + "Cloudflare Tunnel Write")
	case len(accounts) == 0:
		return untold("the account that it is of is not known")
	}
	c.Use(*s.As)
	account := accounts[0] // that of a token is in it
	t, err := c.Tunnel(ctx, account, s.PublicID)
	switch {
	case errors.Is(err, cfapi.ErrNone):
		return untold("the account " + account + " has no such tunnel, as far as your credential can see")
	case err != nil:
		return cfapi.Unsure(err)
	case t.DeletedAt != nil:
		return cfapi.Verdict{Status: secret.Invalid, Detail: "its tunnel was deleted on " + t.DeletedAt.UTC().Format("2006-01-02"), AccountID: account}
	}
	now, err := c.TunnelToken(ctx, t)
	switch {
	case err != nil:
		v := cfapi.Unsure(fmt.Errorf("its tunnel is there; what its secret is now cannot be read: %w", err))
		v.AccountID = account
		return v
	case s.Fingerprint == now.Token.Fingerprint(), s.Fingerprint == now.Secret.Fingerprint():
	case s.Fingerprint != (secret.Fingerprint{}): // or it is written otherwise
		return cfapi.Verdict{Status: secret.Unknown, Detail: "its tunnel is there, and what leaked is not its token as Cloudflare writes it: most likely it was rotated", AccountID: account}
	case !now.Has(s.Secret):
		return cfapi.Verdict{Status: secret.Invalid, Detail: "its tunnel has another secret now: it was rotated", AccountID: account}
	}
	return cfapi.Verdict{Status: secret.Active, AccountID: account}
}

// tunnelSecretLen is the length of the shortest secret, 32 bytes, in base64 without
// padding.
const tunnelSecretLen = 43

// padded returns where the padding behind text[end] ends.
func padded(text []byte, end int) int {
	for n := 0; n < 2 && end < len(text) && text[end] == '='; n++ {
		end++
	}
	return end
}

func recognizeTunnelToken(text []byte, at int) (Match, bool) {
	end, clear := unpadded(text, at)
	var t struct {
		Account string `json:"a"`
		Tunnel  string `json:"t"`
		Secret  []byte `json:"s"`
	}
	if json.Unmarshal(clear, &t) != nil || !cfapi.IsID(t.Account) || !isUUID([]byte(t.Tunnel)) || len(t.Secret) < 32 {
		return Match{}, false
	}
	m := Match{
		Span: Span{at, padded(text, end)}, Secret: asIssued(text[at:end]), Confidence: secret.Certain,
		Reason: "it holds an account, a tunnel and a secret", AccountIDs: []string{t.Account}, PublicID: t.Tunnel,
	}
	if isPlaceholder(t.Secret, 12) {
		m.Rejected = placeholder
	}
	return m, true
}

// unpadded returns where the base64 at text[at:] ends, without its padding, and what
// it is of, nil if it is none.
func unpadded(text []byte, at int) (end int, clear []byte) {
	for end = at; end < len(text) && class[text[end]]&base64Char != 0; end++ {
	}
	encoding := base64.RawStdEncoding
	if bytes.ContainsAny(text[at:end], "-_") {
		encoding = base64.RawURLEncoding
	}
	clear, err := encoding.DecodeString(string(text[at:end]))
	if err != nil {
		return end, nil
	}
	return end, clear
}

// asIssued returns the credential that is base64 as Cloudflare writes it, with its
// padding, which may be missing where it leaked, or be written as %3D.
func asIssued(unpadded []byte) secret.Value {
	n := (4 - len(unpadded)%4) % 4
	return secret.New(append(bytes.Clone(unpadded), "=="[:n]...))
}

func recognizeTunnelSecret(text []byte, at int) (Match, bool) {
	called := isCalled(text, at, "tunnelsecret")
	if !called && (identifier(text, behindName(text, at)) != "secret" || !besideTunnel(text, at)) {
		return Match{}, false
	}
	end, clear := unpadded(text, at)
	if len(clear) < 32 || kinds(text[at:end]) < 3 {
		return Match{}, false
	}
	m := Match{
		Span: Span{at, padded(text, end)}, Secret: asIssued(text[at:end]), AccountIDs: nearest(text, at, accountIDs), PublicID: tunnelID(text, at),
		Confidence: secret.Medium, Reason: "it is called the secret of a tunnel",
	}
	switch {
	case !called:
		m.Confidence, m.Reason = secret.High, "it is called a secret and stands in what describes a tunnel"
	case mentions(text, at, nearBefore, nearBefore, "accounttag", "tunnelid", "cloudflare", "cloudflared"):
		m.Confidence, m.Reason = secret.High, "it is called the secret of a tunnel, and Cloudflare is near"
	}
	switch {
	case examples()[m.Secret.Fingerprint()]:
		m.Rejected = published
	case isPlaceholder(text[at:end], 16) || isPlaceholder(clear, 12):
		m.Rejected = placeholder
	}
	return m, true
}

// besideTunnel reports whether what a secret at text[at:] is one of describes a
// tunnel: a resource of Terraform or Pulumi, or values of the Helm charts for cloudflared.
func besideTunnel(text []byte, at int) bool {
	return near(text, at, nearBefore, 0, "cloudflare_tunnel", "cloudflare_argo_tunnel", "cloudflare_zero_trust_tunnel",
		"cloudflare.tunnel(", "cloudflare.argotunnel(", "cloudflare.zerotrusttunnel") ||
		near(text, at, nearBefore, 0, "cloudflare") && mentions(text, at, nearBefore, nearBefore, "tunnelid", "tunnelname")
}

// tunnelID returns the UUID nearest to text[at:] that is called the id of a tunnel,
// "" if there is none.
func tunnelID(text []byte, at int) (id string) {
	lo, hi := max(0, at-nearBefore), min(len(text), at+nearBefore)
	nearest := nearBefore + 1
	for i := lo; i+uuidLen <= hi; i++ {
		if d := max(i-at, at-i); d < nearest && isUUID(text[i:i+uuidLen]) && isCalled(text, i, "tunnelid", "tunnel") {
			id, nearest = string(text[i:i+uuidLen]), d
		}
	}
	return id
}

// isUUID reports whether b is a UUID in lower case.
func isUUID(b []byte) bool {
	if len(b) != 36 {
		return false
	}
	for i, c := range b {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && class[c]&hexChar == 0 {
			return false
		}
	}
	return true
}
