package detectors

import (
	"fmt"
	"hash/crc32"

	"github.com/leakflare/leakflare/detectors/secret"
)

// The formats that Cloudflare has issued since 2026 are a prefix, a body of 40
// letters and digits, and the CRC-32 (IEEE) of the body, without the prefix,
// as eight lower-case hexadecimal digits.
//
// Cloudflare documents the shape and that there is a checksum at
// https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/;
// that it is this one follows from published samples.
const (
	bodyLen     = 40
	checksumLen = 8
)

// Reasons for which a candidate is rejected.
const (
	badChecksum = "checksum mismatch"
	runsOn      = "letters or digits follow"
	published   = "published example"
	placeholder = "placeholder"
)

// prefixed recognises the scannable format with the given prefix. No word
// boundary is asked for before it: in "\ncfut_…" of a JSON string and in
// "%3Dcfut_…" of a URL a letter or digit precedes it.
func prefixed(prefix string) func(text []byte, at int) (Match, bool) {
	return func(text []byte, at int) (Match, bool) {
		end := at + len(prefix) + bodyLen + checksumLen
		if end > len(text) {
			return Match{}, false
		}
		body := text[at+len(prefix) : end-checksumLen]
		sum := text[end-checksumLen : end]
		if !all(body, alnumChar) || !all(sum, hexChar) {
			return Match{}, false
		}
		m := Match{
			Span:       Span{at, end},
			Secret:     secret.New(text[at:end]),
			Confidence: secret.Certain,
			Reason:     "its checksum closes",
		}
		switch {
		case end < len(text) && class[text[end]]&alnumChar != 0:
			m.Rejected = runsOn
		case fmt.Sprintf("%08x", crc32.ChecksumIEEE(body)) != string(sum):
			m.Rejected = badChecksum
		default:
			m.companions(text, at, prefix == "cfk_")
		}
		return m, true
	}
}
