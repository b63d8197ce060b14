package detectors

import (
	"bytes"
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
	published   = "published example"
	placeholder = "placeholder"
)

// scannable is the scannable format with the given prefix. No word
// boundary is asked for before it: in "\ncfut_…" of a JSON string and in
// "%3Dcfut_…" of a URL a letter or digit precedes it. What follows it does not
// count either: a checksum closes by chance once in four thousand million times.
func scannable(prefix string) Shape {
	return Shape{Prefix: prefix, MinRun: len(prefix) + bodyLen + checksumLen, Recognize: func(text []byte, at int) (Match, bool) {
		end := at + len(prefix) + bodyLen + checksumLen
		if end > len(text) || !shaped(text[at+len(prefix):end]) {
			return Match{}, false
		}
		m := Match{
			Span:       Span{at, end},
			Secret:     secret.New(text[at:end]),
			Confidence: secret.Certain,
			Reason:     "its checksum closes",
		}
		switch {
		case !closes(text[at+len(prefix) : end]):
			m.Rejected = badChecksum
			return m, true
		case examples()[m.Secret.Fingerprint()]:
			m.Rejected = published
			return m, true
		case end < len(text) && class[text[end]]&alnumChar != 0 && !bytes.HasPrefix(text[end:], []byte("cf")):
			m.Confidence, m.Reason = secret.High, "its checksum closes, though letters or digits follow"
		}
		m.companions(text, at, prefix == "cfk_")
		return m, true
	}}
}

// shaped reports whether b has the form of a body and its checksum.
func shaped(b []byte) bool {
	return len(b) == bodyLen+checksumLen && all(b[:bodyLen], alnumChar) && all(b[bodyLen:], hexChar)
}

// closes reports whether b, which is shaped, ends in the checksum of its body.
func closes(b []byte) bool {
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE(b[:bodyLen])) == string(b[bodyLen:])
}
