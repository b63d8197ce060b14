package main

import "testing"

func TestSize(t *testing.T) {
	for text, want := range map[string]string{
		"512MB": "512MB", "1g": "1GB", "1024 mb": "1GB", "64M": "64MB", "64MiB": "64MB", "3GB": "3GB",
		"": "", "512": "", "MB": "", "-1GB": "", "1.5GB": "", "63MB": "", "0GB": "", "99999999GB": "", "1TB": "", "1kB": "",
	} {
		var s size
		err := s.Set(text)
		if (err == nil) != (want != "") || err == nil && s.String() != want {
			t.Errorf("%q: %s, %v; want %q", text, &s, err, want)
		}
	}
}
