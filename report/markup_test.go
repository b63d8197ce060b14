package report

import "testing"

func TestProse(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"its checksum closes", "its checksum closes"},
		{"Roll it under My Profile > API Tokens (CRC-32).", "Roll it under My Profile > API Tokens (CRC-32)."},
		{"CLOUDFLARE_API_KEY names it", "`CLOUDFLARE_API_KEY names it`"},
		{"see https://evil.example", "`see https://evil.example`"},
		{"see www.evil.example", "`see www.evil.example`"},
		{"ask @admin", "`ask \\x40admin`"},
		{"ask ann@example.com", "`ask ann@example.com`"},
		{"fixes #1", "`fixes #1`"},
		{"fixes GH-1", "`fixes GH-1`"},
		{"fixes 1a2b3c4d", "`fixes 1a2b3c4d`"},
		{":bomb:", "`:bomb:`"},
		{"a|b`c", "`a\\x7cb\\x60c`"},
		{"a\nb", "`a\\x0ab`"},
		{"<b>", "`<b>`"},
	}
	for _, tt := range tests {
		if got := prose(tt.in); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.in, got, tt.want)
		}
	}
}
