package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/testdata/mint"
)

// TestNoOtherSecretInOutput scans a folder with a credential of each kind that is
// no API token or key, in files whose names are credentials too, asks about them
// while Cloudflare answers as it should, with errors, and not at all, and looks for
// their secrets in each format and in what is said.
func TestNoOtherSecretInOutput(t *testing.T) {
	clearEnv(t)
	answers := map[string]func(*cfapitest.Server){
		"as it should": func(*cfapitest.Server) {},
		"with an error": func(s *cfapitest.Server) {
			s.MisbehaveNext(-1, cfapitest.Failure(403, 9109, "Unauthorized to access requested resource"))
		},
		"with a page":    func(s *cfapitest.Server) { s.MisbehaveNext(-1, cfapitest.HTML(403)) },
		"elsewhere":      func(s *cfapitest.Server) { s.MisbehaveNext(-1, cfapitest.Redirect(s.Elsewhere())) },
		"with S3 errors": func(s *cfapitest.Server) { s.MisbehaveNext(-1, cfapitest.S3Error(403, "SignatureDoesNotMatch")) },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			s := cfapitest.New(t)
			u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
			u.Join(a)
			operator := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{
				a.Allow("Access: Service Tokens Read", "Cloudflare Tunnel Write"),
			}}).Value()
			service, tunnel, widget := a.AddServiceToken("ci"), a.AddTunnel("office"), a.AddWidget("login")
			token := a.AddToken(cfapitest.TokenSpec{})
			r2 := detectors.R2SecretOf(secret.New([]byte(token.Value()))).Reveal()
			oauth := u.AddOAuthToken(cfapitest.TokenSpec{}).Value()
			texts := map[string]string{ // each in a file of its own
				service.Secret():          "CF_ACCESS_CLIENT_ID=" + service.ClientID + "\nCF_ACCESS_CLIENT_SECRET=$\nCLOUDFLARE_ACCOUNT_ID=" + a.ID,
				tunnel.Token():            "TUNNEL_TOKEN=$",
				widget.Secret():           "TURNSTILE_SECRET_KEY=$",
				r2:                        "https://" + a.ID + ".eu.r2.cloudflarestorage.com\nR2_ACCESS_KEY_ID=" + token.ID + "\nR2_SECRET_ACCESS_KEY=$",
				oauth:                     "$",
				mint.OAuth("cfort_", "r"): "$",
				mint.OriginCA("o"):        "$",
				mint.Hex("realtime", 64):  "CLOUDFLARE_TURN_KEY_API_TOKEN=$",
				mint.UUID("hook"):         "https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/$",
				mint.Token("cfxyz_", "n"): "$",
			}
			dir, reports := t.TempDir(), t.TempDir()
			i := 0
			for value, text := range texts {
				name := string(rune('a'+i)) + ".env"
				if len(value) < 100 && !strings.Contains(value, "/") {
					name = value + name
				}
				write(t, filepath.Join(dir, name), strings.ReplaceAll(text, "$", value)+"\n")
				i++
			}
			t.Setenv("CLOUDFLARE_API_TOKEN", operator)
			answer(s)
			args := []string{"scan", "--verify", "--inspect", "--show-rejected", dir}
			for _, format := range formatNames() {
				args = append(args, "--report", format+"="+filepath.Join(reports, format))
			}
			status, out, errs := leak(t, s, "", args...)
			if status != exitFound {
				t.Fatalf("status %d\n%s", status, errs)
			}
			text := out + errs
			for _, format := range formatNames() {
				data, err := os.ReadFile(filepath.Join(reports, format))
				if err != nil {
					t.Fatal(err)
				}
				text += string(data)
			}
			f, err := os.Open(filepath.Join(reports, "json"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := report.ReadJSON(f)
			if err != nil || len(r.Findings) != len(texts) {
				t.Fatalf("%v, %d findings of %d: %+v", err, len(r.Findings), len(texts), r.Findings)
			}
			for value := range texts {
				part := value[len(value)/2-8 : len(value)/2+8]
				if strings.HasPrefix(value, "eyJ") { // of a tunnel's token only the end is secret
					part = value[len(value)-50 : len(value)-30]
				}
				if strings.Contains(text, value) || strings.Contains(text, part) {
					t.Errorf("a secret is shown: %s", secret.New([]byte(value)).Mask())
				}
			}
			hush(t, text, operator)
			for _, c := range s.Calls() {
				if c.Method != "GET" && !strings.HasSuffix(c.Path, "/siteverify") {
					t.Errorf("%s %s", c.Method, c.Path)
				}
			}
		})
	}
}
