package report

import (
	"maps"
	"net/url"
	"regexp"
	"strings"
)

// advised returns those of rules that have advice and are found, by id: each with the
// others that have the same advice, which is given once.
func advised(rules []Rule, found map[string]bool) [][]Rule {
	var groups [][]Rule
	left := maps.Clone(found)
	for i, r := range rules {
		if !left[r.ID] || r.Advice == "" {
			continue
		}
		var same []Rule
		for _, other := range rules[i:] {
			if left[other.ID] && other.Advice == r.Advice {
				same = append(same, other)
				delete(left, other.ID)
			}
		}
		groups = append(groups, same)
	}
	return groups
}

// adviceText returns the advice of r as Markdown in one line.
func adviceText(r Rule) string {
	var parts []string
	for line := range strings.Lines(r.Advice) {
		parts = append(parts, prose(strings.TrimSpace(line)))
	}
	return strings.Join(parts, " ")
}

// helpLink returns the address of Cloudflare's page about the credentials of r,
// "" if it names another's or what cannot stand as it is in text, in Markdown and
// in an attribute: a report that was read may name anything.
func helpLink(r Rule) string {
	u, err := url.Parse(r.HelpURL)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Host != "developers.cloudflare.com" || !plainLink.MatchString(r.HelpURL) {
		return ""
	}
	return r.HelpURL
}

var plainLink = regexp.MustCompile(`^[-A-Za-z0-9./:#_]+$`)
