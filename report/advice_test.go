package report

import (
	"bytes"
	"testing"
)

// TestHelpLink checks that each format links Cloudflare's page, and no other that
// a report may name.
func TestHelpLink(t *testing.T) {
	for link, want := range map[string]bool{
		"https://developers.cloudflare.com/fundamentals/api/":          true,
		"https://developers.cloudflare.com/r2/api/tokens/#s3_api":      true,
		"https://developers.cloudflare.com/a](https://evil.example)":   false,
		"https://developers.cloudflare.com/a)[x](https://evil.example": false,
		"https://developers.cloudflare.com/<b>":                        false,
		"https://developers.cloudflare.com/a b":                        false,
		"https://developers.cloudflare.com:8443/":                      false,
		"https://developers.cloudflare.com@evil.example/":              false,
		"https://developers.cloudflare.com.evil.example/":              false,
		"https://x@developers.cloudflare.com/":                         false,
		"https://evil.example/a":                                       false,
		"https://evil.example/#https://developers.cloudflare.com/":     false,
		"http://developers.cloudflare.com/":                            false,
		"//developers.cloudflare.com/":                                 false,
		"https:developers.cloudflare.com":                              false,
		"javascript:alert(1)//developers.cloudflare.com/":              false,
	} {
		c := cases()[1]
		c.run.Rules = []Rule{userRule}
		c.run.Rules[0].HelpURL = link
		for _, format := range []string{"text", "sarif", "gitlab", "junit", "markdown", "html"} {
			if got := bytes.Contains(render(t, format, c), []byte(link)); got != want {
				t.Errorf("%s has %q: %t, want %t", format, link, got, want)
			}
		}
	}
}
