// Package mint makes credentials for tests. No file of leakflare holds one
// whose checksum closes: a scanner would report it, and somebody might believe
// it. Tests mint them when they run.
package mint

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/crc32"
)

const (
	hexDigits     = "0123456789abcdef"
	alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// Token returns a credential in the scannable format with the given prefix,
// cfut_ for one, whose checksum closes. The same seed gives the same body.
func Token(prefix, seed string) string {
	body := letters(seed, alphanumerics, 40)
	return prefix + body + fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body)))
}

// Broken returns the twin of Token whose checksum does not close.
func Broken(prefix, seed string) string {
	t := Token(prefix, seed)
	last := byte('0')
	if t[len(t)-1] == last {
		last = '1'
	}
	return t[:len(t)-1] + string(last)
}

// Legacy returns an API token in the format before 2026.
func Legacy(seed string) string {
	// A random one has letters of both cases and digits.
	return "a7Q" + letters(seed, alphanumerics+"-_", 37)
}

// LegacyKey returns a Global API key in the format before 2026.
func LegacyKey(seed string) string { return "f0" + letters(seed, hexDigits, 35) }

// ID returns an id as Cloudflare gives them to nearly everything, which is no
// secret.
func ID(seed string) string { return letters(seed, hexDigits, 32) }

// letters returns n characters of alphabet that depend on seed.
func letters(seed, alphabet string, n int) string {
	var b []byte
	for i := 0; len(b) < n; i++ {
		for _, c := range sha256.Sum256(fmt.Appendf(nil, "%s/%d", seed, i)) {
			if len(b) < n {
				b = append(b, alphabet[int(c)%len(alphabet)])
			}
		}
	}
	return string(b)
}

// Hex returns n lower-case hexadecimal digits: 64 of them are an Access, R2 or
// Realtime secret.
func Hex(seed string, n int) string { return letters(seed, hexDigits, n) }

// OAuth returns an OAuth token with the given prefix, cfoat_ for an access token,
// or without any.
func OAuth(prefix, seed string) string {
	return prefix + letters(seed+"/1", alphanumerics+"-_", 43) + "." + letters(seed+"/2", alphanumerics+"-_", 43)
}

// OriginCA returns an Origin CA key.
func OriginCA(seed string) string { return "v1.0-" + Hex(seed+"/1", 24) + "-" + Hex(seed+"/2", 146) }

// Turnstile returns the secret key of a widget.
func Turnstile(seed string) string { return "0x4AAAAAAA" + letters(seed, alphanumerics+"-_", 25) }

// UUID returns a UUID.
func UUID(seed string) string {
	h := Hex(seed, 32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// TunnelSecret returns the secret of a tunnel, base64 of 32 bytes.
func TunnelSecret(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Tunnel returns the token of a tunnel, with its account and id.
func Tunnel(seed string) (token, account, id string) {
	account, id = Hex(seed+"/account", 32), UUID(seed+"/id")
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"a":"%s","t":"%s","s":"%s"}`, account, id, TunnelSecret(seed))), account, id
}
