package detectors

import "bytes"

// A value may be called anything where a program then sends it to Cloudflare's API.

// sentAt returns where around text[at:] the variable that the value there is assigned to
// is sent as a bearer token or as X-Auth-Key; -1 if it is not.
func sentAt(text []byte, at int) int {
	if last := lastMark(text, at); last != '=' && last != ':' && last != '>' {
		return -1
	}
	name := identifierBefore(text, at)
	name = name[bytes.LastIndexByte(name, '.')+1:]
	if len(name) == 0 {
		return -1
	}
	const before = 32
	isWord := func(i int) bool { return i >= 0 && i < len(text) && class[text[i]]&tokenChar != 0 }
	for i := at; ; i += len(name) {
		next := bytes.Index(text[i:], name)
		if next < 0 {
			return -1
		}
		if i += next; isWord(i-1) || isWord(i+len(name)) {
			continue
		}
		part := text[max(at, i-before):i]
		part = part[bytes.LastIndexByte(part, '\n')+1:]
		var room [before]byte
		part = fold(room[:0], part)
		if bytes.Contains(part, []byte("bearer")) || bytes.Contains(part, []byte("x-auth-key")) {
			if hasSense(name, vendor) {
				return -1
			}
			return i
		}
	}
}

// toCloudflare reports whether what is sent at text[at:] is sent to Cloudflare's API:
// that is called near it, and no other. Nothing is if at is negative.
func toCloudflare(text []byte, at int) bool {
	if at < 0 || !called(text, at) || elsewhere(text, at) {
		return false
	}
	var room [2 * Reach]byte
	part := fold(room[:0], text[max(0, at-Reach):min(len(text), at+Reach)])
	for {
		_, rest, more := bytes.Cut(part, []byte("://"))
		if !more {
			return true
		}
		host, _, _ := bytes.Cut(rest[:min(len(rest), len("api.cloudflare.com"))], []byte("/"))
		if bytes.HasPrefix(host, []byte("api.")) && string(host) != "api.cloudflare.com" && !bytes.Contains(host, []byte("ip")) { // ipify and the like
			return false
		}
		part = rest
	}
}
