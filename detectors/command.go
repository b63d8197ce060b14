package detectors

import (
	"bytes"
	"slices"
	"strings"
)

// In a command, what a value is says the flag before it, and whose it is the
// program, or the name under which the value is to be stored.

// commanded reports whether the value at text[at:] is the argument of a flag that
// takes a token or key, in a call of a tool for Cloudflare's API, or is stored in a
// command under a name of a credential of Cloudflare's.
func commanded(text []byte, at int) bool {
	flag, before := flagBefore(text, at)
	switch {
	case flag == "":
		return false
	case slices.Contains([]string{"b", "v", "w", "body", "value", "secretstring"}, flag):
		_, _, ours := speaks(before)
		return ours && (bytes.Contains(before, []byte("secret")) || bytes.Contains(before, []byte("variable")))
	case len(flag) == 1 && strings.Contains("tkaTK", flag), len(flag) > 1 && isCredential(flag):
		return slices.ContainsFunc(bytes.FieldsFunc(before, isBetweenWords), isTool)
	}
	return false
}

// behindFlags are the characters that may stand between a flag and its argument.
var behindFlags = charsOf(" \t\r\n\\\"'=,")

// flagBefore returns the flag that the value at text[at:] is the argument of, squeezed
// unless it is a letter, and what of its command stands before that; "" if it is
// none's. The words of the command may be the entries of a list.
func flagBefore(text []byte, at int) (flag string, before []byte) {
	lo, end := max(0, at-nearBefore), at
	for end > lo && behindFlags[text[end-1]] {
		end--
	}
	start := end
	for start > lo && end-start < maxWord && class[text[start-1]]&tokenChar != 0 {
		start--
	}
	if end == at || start == end || text[start] != '-' { // the common case, told at once
		return "", nil
	}
	name := bytes.TrimLeft(text[start:end], "-")
	if dashes := end - start - len(name); dashes > 2 || len(name) == 0 || dashes == 2 && len(name) == 1 ||
		start > lo && !strings.ContainsRune(" \t\n\"'`", rune(text[start-1])) {
		return "", nil
	}
	// A command begins behind what ends the one before.
	from := start
	for from > lo {
		switch text[from-1] {
		case '|', ';', '&', '(':
			return written(name), text[from:start]
		case '\n':
			if line := bytes.TrimRight(text[lo:from-1], "\r"); len(line) == 0 || !isContinued(line[len(line)-1]) {
				return written(name), text[from:start]
			}
		}
		from--
	}
	return written(name), text[from:start]
}

// isContinued reports whether c, at the end of a line, has a shell go on with the next,
// or a list.
func isContinued(c byte) bool { return strings.IndexByte("\\`^,[", c) >= 0 }

// written returns the name of a flag, squeezed unless it is a letter.
func written(name []byte) string {
	if len(name) == 1 {
		return string(name)
	}
	var room [maxWord]byte
	return string(squeeze(name, room[:]))
}

// isCredential reports whether the name of a flag is that of a token or key.
func isCredential(flag string) bool {
	return slices.Contains([]string{"token", "key", "apitoken", "apikey", "authtoken", "authkey", "globalapikey", "cftoken", "cfkey", "password", "secret"}, flag)
}

// isBetweenWords reports whether r may stand between two words of a command.
func isBetweenWords(r rune) bool { return strings.ContainsRune(" \t\r\n\"'`,[]\\", r) }

// isTool reports whether word calls a tool for Cloudflare's API: cfcli, flarectl,
// cf-terraforming, and many scripts like ./cloudflare-ddns.sh and cf-dns.py.
func isTool(word []byte) bool {
	if word[0] == '-' || bytes.IndexByte(word, '=') >= 0 || bytes.Contains(word, []byte("://")) {
		return false
	}
	word = word[bytes.LastIndexAny(word, `/\`)+1:]
	if i := bytes.LastIndexByte(word, '.'); i > 0 {
		word = word[:i]
	}
	var room [2 * maxWord]byte
	name := string(squeeze(word, room[:]))
	if name == "flarectl" || name == "cfcli" || name == "cfterraforming" {
		return true
	}
	does := []string{"dns", "ddns", "dyndns", "purge", "zone", "cli", "api"}
	if rest, ok := strings.CutPrefix(name, "cloudflare"); ok {
		return slices.ContainsFunc(does, func(s string) bool { return strings.Contains(rest, s) })
	}
	rest, ok := strings.CutPrefix(name, "cf")
	return ok && slices.ContainsFunc(does, func(s string) bool { return strings.HasPrefix(rest, s) })
}

// isKVKey reports whether the value at text[at:] is the key under which a command on its
// line has Wrangler look for something in Workers KV.
//
// See https://developers.cloudflare.com/kv/reference/kv-commands/.
func isKVKey(text []byte, at int) bool {
	before := text[max(lineStart(text, at), at-lineBefore):at]
	for _, command := range []string{"kv:key get ", "kv key get ", "kv:key delete ", "kv key delete "} {
		if i := bytes.LastIndex(before, []byte(command)); i >= 0 {
			return !bytes.ContainsAny(before[i:], "|;&")
		}
	}
	return false
}

// putAs tells how the name is called under which a command on the line of the value at
// text[at:] has Wrangler keep it for a Worker; unnamed if none does.
func putAs(text []byte, at int) naming {
	from := max(lineStart(text, at), at-lineBefore)
	row := line(text[:min(len(text), at+lineAfter)], from)
	_, rest, ok := bytes.Cut(row, []byte("secret put "))
	if !ok {
		return unnamed
	}
	rest = bytes.TrimLeft(rest, " \"'")
	end := 0
	for end < len(rest) && class[rest[end]]&tokenChar != 0 {
		end++
	}
	return namedFrom(rest[:end], 0, end)
}
