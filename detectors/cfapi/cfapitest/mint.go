package cfapitest

import (
	"fmt"

	"github.com/leakflare/leakflare/testdata/mint"
)

// seed returns what to mint with: another at each call, and for each server the
// same ones.
func (s *Server) seed() string {
	s.serial++
	return fmt.Sprintf("cfapitest/%d", s.serial)
}

// mintID returns an id as Cloudflare gives them to nearly everything.
func (s *Server) mintID() string { return mint.ID(s.seed()) }

// mintPrefixed returns a credential in the format of 2026.
func (s *Server) mintPrefixed(prefix string) string { return s.keep(mint.Token(prefix, s.seed())) }

// mintLegacy returns an API token in the format before 2026.
func (s *Server) mintLegacy() string { return s.keep(mint.Legacy(s.seed())) }

// mintOAuth returns an OAuth access token.
func (s *Server) mintOAuth() string { return s.keep(mint.OAuth("cfoat_", s.seed())) }

// mintLegacyKey returns a Global API key in the format before 2026.
func (s *Server) mintLegacyKey() string { return s.keep(mint.LegacyKey(s.seed())) }

// keep notes a credential, which no message may show, and returns it.
func (s *Server) keep(value string) string {
	s.secrets = append(s.secrets, value)
	return value
}
