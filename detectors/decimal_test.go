package detectors

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/mint"
)

// TestLists says that what a list of bytes is an argument of is no part of what names
// it, and where lists end.
func TestLists(t *testing.T) {
	list := func(s string) string { return listed("%d", ", ")(s) }
	legacy, key, token := mint.Legacy("l"), mint.LegacyKey("l"), mint.Token("cfut_", "l")
	for name, test := range map[string]struct{ in, want string }{
		"Python":               {"CF_API_TOKEN = bytes([" + list(legacy) + "]).decode()\n", legacy},
		"Python, bytearray":    {"CF_API_KEY = bytearray((" + list(key) + "))\n", key},
		"JavaScript":           {"const cfApiToken = Buffer.from([" + list(legacy) + "]).toString();", legacy},
		"JavaScript, an array": {"const CLOUDFLARE_API_TOKEN = new TextDecoder().decode(new Uint8Array([" + list(token) + "]));", token},
		"a string":             {"cfApiToken: String.fromCharCode(" + list(legacy) + "),", legacy},
		"C#":                   {"byte[] cloudflareApiToken = new byte[] { " + list(legacy) + " };", legacy},
		"Java":                 {"byte[] cloudflareApiToken = new byte[]{" + list(legacy) + "};", legacy},
		"Go":                   {"var cloudflareAPIKey = []byte{" + list(key) + "}", key},
		"Rust":                 {"let cloudflare_api_token: Vec<u8> = vec![" + list(legacy) + "];", legacy},
		"C":                    {"static const char cf_api_token[] = {" + list(legacy) + ", 0};", legacy},
		"JSON":                 {`{"cf_api_token":[` + listed("%d", ",")(legacy) + `]}`, legacy},
		"JSON of a buffer":     {`{"cf_api_token":{"type":"Buffer","data":[` + listed("%d", ",")(legacy) + `]}}`, legacy},
		"PowerShell":           {"$CF_API_TOKEN = [byte[]](" + listed("%d", ",")(legacy) + ")", legacy},
		"PHP":                  {"$cf_api_token = " + listed("chr(%d)", ".")(legacy) + ";", legacy},
		"SQL":                  {"SET @cf_api_token = CHAR(" + listed("%d", ",")(legacy) + ");", legacy},
		"a sentence":           {"Its bytes are " + list(token) + ".", token},
		"the end":              {list(token), token},
		"of UTF-16":            {"t = " + listed("%d", ",")(wide(token, false)), token},
		"a broken one":         {list(mint.Broken("cfut_", "l")), mint.Broken("cfut_", "l") + " checksum mismatch"},
		"no name":              {"x = [" + list(legacy) + "]", ""},
		"fractions":            {"1." + listed("%d", ", 1.")(token), ""},
		"negative":             {"-" + listed("%d", ", -")(token), ""},
		"addresses":            {strings.ReplaceAll(list(token), ", ", "."), ""},
		"too large":            {"25" + listed("%d", ", 25")(token), ""},
	} {
		t.Run(name, func(t *testing.T) {
			for pad := range 40 {
				in := strings.Repeat(" ", pad) + test.in
				if got := strings.Join(secrets(in), "|"); got != test.want {
					t.Fatalf("behind %d: found %q, want %q\n%s", pad, got, test.want, in)
				}
			}
		})
	}
}

// TestNoLists says that numbers which only look like bytes of a text are none.
func TestNoLists(t *testing.T) {
	var numbers, colours, digest, points strings.Builder
	for i, c := range noise(1<<14, 9) {
		fmt.Fprintf(&numbers, "%d, ", 32+c%95)
		fmt.Fprintf(&colours, "rgb(%d, %d, %d), ", c, c/2, 255-c)
		fmt.Fprintf(&points, "%d %d,", i%100, c%100)
		if i < 32 {
			fmt.Fprintf(&digest, "%d, ", c)
		}
	}
	for name, in := range map[string]string{
		"numbers": "cloudflare api token\n[" + numbers.String() + "]",
		"colours": "cloudflare api token\n" + colours.String(),
		"digest":  "cf_api_token_sha256 = bytes([" + digest.String() + "])",
		"points":  "cloudflare api token\n" + points.String(),
	} {
		if got := secrets(in); got != nil {
			t.Errorf("%s: found %q", name, got)
		}
	}
}

// TestListLines says that lists are found in lines that are indented, wherever these
// begin.
func TestListLines(t *testing.T) {
	for seed := range 20 {
		token := mint.Token("cfut_", fmt.Sprint(seed))
		for lineBreak, perLine := range map[string][]int{
			"\n":       {1, 2, 8, 12, 16},
			"\n\t":     {10, 12, 16, 20},
			"\n  ":     {10, 12, 16, 20},
			"\n    ":   {11, 12, 15, 16, 20},
			"\n\t\t":   {10, 12, 16, 20},
			"\r\n    ": {15, 16, 20},
		} {
			for _, n := range perLine {
				list := "let k = [" + lineBreak + inLines(listed("%d", ", "), " ", n, lineBreak)(token) + ",\n];\n"
				for pad := range lane {
					if got := secrets(strings.Repeat("-", pad) + "\n" + list); !slices.Equal(got, []string{token}) {
						t.Fatalf("behind %d: found %q, want %q\n%s", pad, got, token, list)
					}
				}
			}
		}
	}
}

// TestListPieces says that lists are found in pieces as in the whole, however their
// lines break.
func TestListPieces(t *testing.T) {
	token, key := mint.Token("cfut_", "l"), mint.LegacyKey("l")
	for _, n := range []int{1, 4, 7, 9, 10, 11, 12, 13, 14, 16, 22, 37} {
		for _, lineBreak := range []string{"\n", "\n  ", "\n    ", "\r\n\t\t"} {
			write := inLines(listed("%d", ", "), " ", n, lineBreak)
			data := []byte(strings.Repeat("-", n) + write("some text, "+token+" "+token) + "\nCF_API_KEY = bytes([" + write(key) + "])\n" + write(strings.Repeat("text ", 30)))
			whole := matches(data, Span{0, len(data)}, 0)
			for step := 1; step < 700; step = step*3 + 1 {
				if got := pieces(data, step); !slices.Equal(whole, got) {
					t.Fatalf("%d a line, step %d: the pieces give\n%s\nthe whole gives\n%s", n, step, strings.Join(got, "\n"), strings.Join(whole, "\n"))
				}
			}
		}
	}
}
