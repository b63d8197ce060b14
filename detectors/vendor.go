package detectors

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Whose a value is: whether Cloudflare is named or called around it, or is what the file
// is about, and whether that is more than what everybody has to do with.

// othersCF are what else CF stands for.
var othersCF = []string{
	"foundry", "pivotal", "cloudformation", "cloudfront", "contentful", "curseforge", "codeforces", "codefresh", "confluent",
}

// near reports whether one of names stands in the part of text that begins
// before bytes before at and ends after bytes behind it. Case does not matter;
// names are in lower case.
func near(text []byte, at, before, after int, names ...string) bool {
	var room [2 * Reach]byte
	part := fold(room[:0], text[max(0, at-before):min(len(text), at+after)])
	for _, w := range names {
		if bytes.Contains(part, []byte(w)) {
			return true
		}
	}
	return false
}

// fold appends text to room with its capitals made small letters, eight bytes at a
// time.
func fold(room, text []byte) []byte {
	const ones = 0x0101010101010101
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		low := x & (ones * 0x7f)
		// The highest bit of a byte tells whether it is a capital: at least 'A', no
		// more than 'Z', and ASCII.
		capital := (low + ones*(0x80-'A')) &^ (low + ones*(0x7f-'Z')) &^ x & (ones * 0x80)
		room = binary.LittleEndian.AppendUint64(room, x|capital>>2)
	}
	for _, c := range text {
		if isUpper(c) {
			c |= 0x20
		}
		room = append(room, c)
	}
	return room
}

// vendorNear reports whether Cloudflare is named around at, as whom one has an
// account with.
func vendorNear(text []byte, at int) bool {
	lo, hi := max(0, at-nearBefore), min(len(text), at+nearAfter)
	var room [nearBefore + nearAfter]byte
	part := fold(room[:0], text[lo:hi])
	for i := 0; ; i += len("cloudflare") {
		j := bytes.Index(part[i:], []byte("cloudflare"))
		if j < 0 {
			break
		}
		if i += j; !everybodys(text[:lo+i], text[lo+i+len("cloudflare"):hi]) {
			return true
		}
	}
	return near(text, at, nearBefore, nearAfter, "cf_api", "cf_dns", "cf_zone", "cf_account_id", "cf_email", "cf_token", "cf_key", "dns_cf", "wrangler", "flarectl", "cfcli", "cf-terraforming", "x-auth-email", "cf-aig-", "d1-http", "cfut_", "cfat_", "cfk_")
}

// beneath reports whether the value at text[at:] stands in a block, by its indentation,
// of which the head names Cloudflare, or that is in such a one.
func beneath(text []byte, at int) bool {
	i := lineStart(text, at)
	depth := indented(text[i:at])
	for depth > 0 && i > max(0, at-Reach) {
		end := i - 1
		i = lineStart(text, end)
		head := line(text, i)
		if len(bytes.TrimLeft(head, " \t")) == 0 || indented(head) >= depth || i == at-Reach {
			continue
		}
		if hasSense(head, vendor) {
			return false
		}
		if mentionsVendor(head) {
			return true
		}
		depth = indented(head)
	}
	return false
}

// everybodys reports whether Cloudflare's name between before and after is that of
// what everybody has to do with: who answers for a site, a script in a page, a
// resolver, a package.
func everybodys(before, after []byte) bool {
	for _, s := range []string{"cdnjs.", "challenges.", "static.", "ajax.", "speed.", "@"} {
		if bytes.HasSuffix(before, []byte(s)) {
			return true
		}
	}
	if isHost(before) {
		return true
	}
	for _, s := range []string{"insights", "-dns.com", "/cloudflared", "d:", " ray id", " Ray ID", ".com/cdn-cgi", ".com/5xx"} {
		if bytes.HasPrefix(after, []byte(s)) {
			return true
		}
	}
	// "server: cloudflare", of HTTP, also as {"name": "server", "value": "cloudflare"}.
	var room [len("servervalue")]byte
	last := squeeze(before[max(0, len(before)-2*len(room)):], room[:])
	return bytes.HasSuffix(last, []byte("server")) || string(last) == "servervalue"
}

// isHost reports whether text before Cloudflare's name says that it is where something
// is: "hosted on", "behind", "protected by".
func isHost(before []byte) bool {
	var room [longestName]byte
	words := bytes.Fields(fold(room[:0], before[max(0, len(before)-len(room)):]))
	for i := len(words) - 1; i >= 0; i-- {
		switch string(words[i]) {
		case "behind", "hosted", "served", "protected", "proxied", "powered", "runs", "running", "deployed", "fronted", "cached":
			return true
		case "on", "at", "by", "with", "through", "via", "to", "the":
		default:
			return false
		}
	}
	return false
}

// called reports whether a call of Cloudflare's API stands around at.
func called(text []byte, at int) bool {
	return near(text, at, Reach, Reach, "api.cloudflare.com", "gateway.ai.cloudflare.com", "cf-aig-authorization")
}

// elsewhere reports whether the value at text[at:] is sent to somebody else: its
// line, with those that it is continued on, has an address and none of
// Cloudflare's.
func elsewhere(text []byte, at int) bool {
	from, to := at, at
	for from > max(0, at-nearBefore) && (text[from-1] != '\n' || from > 1 && text[from-2] == '\\') {
		from--
	}
	for to < min(len(text), at+nearBefore) && (text[to] != '\n' || text[to-1] == '\\') {
		to++
	}
	var room [2 * nearBefore]byte
	line := fold(room[:0], text[from:to])
	hosts := 0
	for {
		i := bytes.Index(line, []byte("://"))
		if i < 0 {
			return hosts > 0
		}
		line = line[i+len("://"):]
		end := bytes.IndexAny(line, "/ \t\"'`<>)\\")
		if end < 0 {
			end = len(line)
		}
		if bytes.Contains(line[:end], []byte("cloudflare")) || bytes.ContainsAny(line[:end], "${") { // or a variable
			return false
		}
		hosts++
	}
}

// PathNames reports whether the path of a file says that its content is about
// Cloudflare.
func PathNames(path string) bool {
	p := strings.ToLower(path)
	for _, w := range []string{"cloudflare", "wrangler", "flarectl", "cfcli", "cf_api", "cf-api", "cf_dns", "cf-dns", "cf_zone", "cf_token", "cf-token", "cf_key"} {
		if strings.Contains(p, w) {
			return true
		}
	}
	return false
}

// longestAbout is how long content may be of which it can be said what it is about, in
// bytes.
const longestAbout = 16 << 10

// ContentNames reports whether the whole content of a file says that it is about
// Cloudflare: it calls its API, or has it for its provider. Of what is longer than 16 KB,
// and may be about anything, it says nothing.
func ContentNames(content []byte) bool {
	if len(content) > longestAbout {
		return false
	}
	low := fold(nil, content)
	for _, s := range []string{
		"api.cloudflare.com/client/v4/zones", "api.cloudflare.com/client/v4/accounts", "api.cloudflare.com/client/v4/user", `api.cloudflare.com/client/v4"`, "api.cloudflare.com/client/v4'",
		`provider "cloudflare"`, `"cloudflare/cloudflare"`, "import cloudflare\n", "from cloudflare import", "from 'cloudflare'", `from "cloudflare"`,
		"require('cloudflare')", `require("cloudflare")`, "cloudflare/cloudflare-go",
	} {
		if bytes.Contains(low, []byte(s)) {
			return true
		}
	}
	for {
		_, rest, ok := bytes.Cut(low, []byte("provider"))
		if !ok {
			return false
		}
		value := bytes.TrimLeft(rest, " \t=:>\"'`([{,")
		if bytes.HasPrefix(value, []byte("cloudflare")) && bytes.ContainsAny(rest[:len(rest)-len(value)], "=:>\"'`") {
			return true
		}
		low = rest
	}
}

// mentionsVendor reports whether Cloudflare is named in row.
func mentionsVendor(row []byte) bool {
	named, _, ours := speaksEnglish(row)
	return named || ours
}
