package detectors

import (
	"bytes"
	"slices"
)

const (
	accountIDLen  = 32 // hexadecimal digits
	maxCompanions = 3  // of each kind: each wrong one costs a request when verifying
)

// Companions returns what stands anywhere in some content and may be needed to
// verify a credential there that has nothing beside it: ids of accounts, and for a
// Global API key addresses; of each the first few.
func (d *Detector) Companions(content []byte) (accounts, addresses []string) {
	accounts = nearest(content, 0, accountIDs)
	if d.GlobalKey {
		addresses = nearest(content, 0, emails)
	}
	return accounts, addresses
}

// companions notes what stands around the credential at text[at:] and is needed
// to verify it: of a token the ids of accounts, of a Global API key the
// addresses of users too.
func (m *Match) companions(text []byte, at int, key bool) {
	m.AccountIDs = nearest(text, at, accountIDs)
	if key {
		m.Emails = nearest(text, at, emails)
	}
}

// A companion is a value beside a credential.
type companion struct {
	value    string
	rank     int // lower is likelier
	distance int
}

// nearest returns the values that find yields, likeliest first and at most
// maxCompanions.
func nearest(text []byte, at int, find func(text []byte, yield func(value string, rank, at int))) []string {
	var found []companion
	find(text, func(value string, rank, i int) {
		d := max(i-at, at-i)
		found = append(found, companion{value, rank, d})
	})
	slices.SortStableFunc(found, func(a, b companion) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return a.distance - b.distance
	})
	var values []string
	for _, c := range found {
		if len(values) < maxCompanions && !slices.Contains(values, c.value) {
			values = append(values, c.value)
		}
	}
	return values
}

// accountIDs yields the account ids in text: values of 32 hexadecimal digits
// that a name, an address or a path calls so.
func accountIDs(text []byte, yield func(string, int, int)) {
	tokenRuns(text, 0, len(text), func(start, end int) {
		if end-start != accountIDLen || !all(text[start:end], hexChar) {
			return
		}
		before, after := text[max(0, start-48):start], text[end:min(len(text), end+32)]
		switch {
		case namesAccount(before):
			yield(string(text[start:end]), 0, start)
		case bytes.HasSuffix(before, []byte("/accounts/")),
			bytes.HasSuffix(before, []byte("dash.cloudflare.com/")),
			bytes.HasSuffix(before, []byte("gateway.ai.cloudflare.com/v1/")),
			bytes.HasPrefix(after, []byte(".r2.cloudflarestorage.com")),
			bytes.HasPrefix(after, []byte(".eu.r2.cloudflarestorage.com")),
			bytes.HasPrefix(after, []byte(".fedramp.r2.cloudflarestorage.com")):
			yield(string(text[start:end]), 1, start)
		}
	})
}

// namesAccount reports whether what stands before a value on its line ends in
// a name like account_id, accountId or "Account ID".
func namesAccount(before []byte) bool {
	r := wordReader{text: before, at: len(before)}
	for range 3 {
		w := r.next()
		if w == nil || r.newline {
			return false
		}
		switch lookUp(w).text {
		case "account", "acct", "accountid", "accounttag":
			return true
		case "id", "tag", "value", "is":
		default:
			return false
		}
	}
	return false
}

// emails yields the e-mail addresses in text. Those at example.com are nobody's.
func emails(text []byte, yield func(string, int, int)) {
	for i := 0; i < len(text); i++ {
		if text[i] != '@' {
			continue
		}
		start, end := i, i+1
		for start > 0 && (class[text[start-1]]&alnumChar != 0 || bytes.IndexByte([]byte("._%+-"), text[start-1]) >= 0) {
			start--
		}
		for end < len(text) && (class[text[end]]&alnumChar != 0 || text[end] == '.' || text[end] == '-') {
			end++
		}
		domain := bytes.TrimRight(text[i+1:end], ".-")
		dot := bytes.LastIndexByte(domain, '.')
		if start == i || dot < 1 || len(domain)-dot < 3 || !all(domain[dot+1:], alnumChar) {
			continue
		}
		word := bytes.LastIndexAny(text[:start], " \t\r\n\"'`<>,") + 1
		if bytes.HasPrefix(domain, []byte("example.")) || bytes.Contains(text[word:start], []byte("://")) {
			continue // nobody's, or the user or password of a URL
		}
		yield(string(text[start:i+1])+string(domain), 0, start)
	}
}
