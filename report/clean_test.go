package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "src/a b.env", "src/a b.env"},
		{"letters of any script", "日本 é ñ 🙂", "日本 é ñ 🙂"},
		{"escape sequence", "\x1b[31mred", `\x1b[31mred`},
		{"newline", "a\nb", `a\x0ab`},
		{"C1 control", "\u009b31m", `\xc2\x9b31m`},
		{"delete", "\x7f", `\x7f`},
		{"change of direction", "a\u202eb", `a\xe2\x80\xaeb`},
		{"line separator", "\u2028", `\xe2\x80\xa8`},
		{"no UTF-8", "a\xff\xfe", `a\xff\xfe`},
		{"half a character", "é"[:1], `\xc3`},
		{"the replacement character", "\ufffd", "\ufffd"},
		{"backslash", `C:\dir\x.env`, `C:\dir\x.env`},
		{"what looks like an escape", `a\x0ab`, `a\x5cx0ab`},
		{"what does not quite", `a\x0Ab\x`, `a\x0Ab\x`},
		{"a command of GitHub", "::error::x", `\x3a:error::x`},
		{"no command", "a::b", "a::b"},
		{"an older one", "x ##[error]y", `x \x23#[error]y`},
		{"a command of Azure", "##vso[task.x]", `\x23#vso[task.x]`},
		{"a heading", "## Title #1", "## Title #1"},
		{"many signs", "###[x]", `#\x23#[x]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("clean is %q, want %q", got, tt.want)
			}
			if got := unclean(tt.want); got != tt.in {
				t.Errorf("unclean is %q, want %q", got, tt.in)
			}
		})
	}
}

// FuzzClean checks what clean promises: nothing but visible text, and nothing
// lost.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\\\\x5c\nb", "\xff\xe2\x80", "::##[x]", `\x0`, "\\\x00", "##" + strings.Repeat("a", 99)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if !utf8.ValidString(c) || strings.ContainsFunc(c, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("%q is not visible", c)
		}
		if strings.HasPrefix(c, "::") || strings.Contains(c, "##[") || strings.Contains(c, "##vso[") {
			t.Errorf("%q has a command", c)
		}
		if got := unclean(c); got != s {
			t.Errorf("%q became %q and then %q", s, c, got)
		}
	})
}

// TestWritable checks that no date keeps a report from being written.
func TestWritable(t *testing.T) {
	far := time.Date(2024, 1, 1, 0, 0, 0, 0, time.FixedZone("", 99*3600))
	for _, tt := range []struct{ in, want time.Time }{
		{day("2024-03-02"), day("2024-03-02")},
		{far, far.UTC()},
		{time.Unix(1<<60, 0), time.Time{}},
		{time.Unix(-1<<60, 0), time.Time{}},
		{time.Time{}, time.Time{}},
	} {
		got := writable(tt.in)
		if !got.Equal(tt.want) {
			t.Errorf("%v became %v, want %v", tt.in, got, tt.want)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
	}
}
