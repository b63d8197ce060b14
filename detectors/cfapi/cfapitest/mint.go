package cfapitest

import (
	"crypto/sha256"
	"fmt"
	"hash/crc32"
)

const (
	hexDigits     = "0123456789abcdef"
	alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// mint returns n characters of alphabet, others at each call, and for each
// server the same.
func (s *Server) mint(n int, alphabet string) string {
	s.serial++
	var b []byte
	for i := 0; len(b) < n; i++ {
		for _, c := range sha256.Sum256(fmt.Appendf(nil, "cfapitest/%d/%d", s.serial, i)) {
			if len(b) < n {
				b = append(b, alphabet[int(c)%len(alphabet)])
			}
		}
	}
	return string(b)
}

// mintID returns an id as Cloudflare gives them to nearly everything.
func (s *Server) mintID() string { return s.mint(32, hexDigits) }

// mintPrefixed returns a credential in the format of 2026: the checksum is over
// the body, without the prefix.
func (s *Server) mintPrefixed(prefix string) string {
	body := s.mint(40, alphanumerics)
	return s.keep(prefix + body + fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body))))
}

// mintLegacy returns an API token in the format before 2026.
func (s *Server) mintLegacy() string {
	// A random one has letters of both cases and digits.
	return s.keep("a7Q" + s.mint(37, alphanumerics+"-_"))
}

// mintOAuth returns an OAuth access token.
func (s *Server) mintOAuth() string {
	return s.keep("cfoat_" + s.mint(43, alphanumerics+"-_") + "." + s.mint(43, alphanumerics+"-_"))
}

// mintLegacyKey returns a Global API key in the format before 2026.
func (s *Server) mintLegacyKey() string { return s.keep(s.mint(37, hexDigits)) }

// keep notes a credential, which no message may show, and returns it.
func (s *Server) keep(value string) string {
	s.secrets = append(s.secrets, value)
	return value
}
