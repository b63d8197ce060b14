package detectors

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

// The files in testdata/corpus are templates of files in which credentials
// leak, and of files in which something looks like them. The credentials are
// marks, because no file of the repository holds one whose checksum closes:
//
//	⟦user-token⟧        a credential of the rule cloudflare-user-token, another
//	⟦user-token 2⟧      one, and so for the other rules
//	⟦legacy-token 3-⟧   one that ends in '-'; likewise one that begins so, or with '_'
//	⟦r2-key user-token⟧ the one that is made from that token
//	⟦base64 …⟧          base64 of what the rest stands for, ⟦base64raw …⟧ the same without padding
//	⟦utf-16 …⟧          UTF-16, little-endian
//	⟦percent …⟧         what the rest stands for in that disguise; likewise those in writers
//	⟦repeat 9 …⟧        the rest nine times
//	⟦noise 9⟧           nine random characters of base64url
//	⟦id⟧, ⟦id 2⟧        32 hexadecimal digits that are no credential; ⟦digest⟧ 64, ⟦uuid⟧ a UUID
//	⟦unpadded …⟧        what the rest stands for without the padding of base64
//	⟦⟧                  nothing, to take apart what other scanners would report
//
// Each mark for a credential is one that has to be found there, in the
// encodings around it, and nothing else may be found.
type template struct {
	name string
	want []string // what has to be found: "rule encoding secret"
}

// render returns what text stands for, which is in the given encodings.
func (f *template) render(text, encoding string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "⟦")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		end := closing(rest)
		b.WriteString(f.mark(rest[:end], encoding))
		text = rest[end+len("⟧"):]
	}
}

// closing returns the index of the bracket that closes the one before text.
func closing(text string) int {
	depth := 1
	for i, c := range text {
		switch c {
		case '⟦':
			depth++
		case '⟧':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	panic("a mark without an end")
}

// writers are the disguises that a mark may ask for.
var writers = map[string]disguise{
	"percent":     {encoding: "percent", write: spell("%%%02X")},
	"unicode":     {encoding: "unicode-escape", write: spell(`\u%04x`)},
	"escapes":     {encoding: "hex-escape", write: spell(`\x%02x`)},
	"octal":       {encoding: "octal", write: spell(`\%03o`)},
	"entities":    {encoding: "html-entity", write: spell("&#%d;")},
	"quoted":      {encoding: "quoted-printable", write: wrapped(spell("=%02X"), 75, "=\n")},
	"soft-breaks": {encoding: "quoted-printable", write: wrapped(asIs, 33, "=\n")},
	"hex":         {encoding: "hex", write: spell("%02x")},
	"bytes":       {encoding: "hex", write: wrapped(listed("0x%02x", ", "), 72, "\n\t")},
	"registry":    {encoding: "hex", write: wrapped(listed("%02x", ","), 75, "\\\r\n  ")},
	"utf-32":      {encoding: "utf-32", write: func(s string) string { return utf32of(s, false) }},
	"mime":        {encoding: "base64-wrapped", write: wrapped(base64Of, 60, "\n")},
	"literals":    {encoding: "joined", write: wrapped(asIs, 28, "\"\n    \"")},
	"plus":        {encoding: "joined", write: wrapped(asIs, 20, `' + '`)},
	"folded":      {encoding: "joined", write: wrapped(asIs, 30, "\n    ")},
	"paragraph":   {encoding: "joined", write: wrapped(asIs, 72, "\n")},
	"indented":    {encoding: "joined", write: wrapped(asIs, 80, "\n  ")},
	"colours":     {encoding: "joined", write: wrapped(asIs, 5, "\x1b[0m\x1b[32m")},
	"zero-width":  {encoding: "joined", write: wrapped(asIs, 16, "\u200b")},
	"reversed":    {encoding: "reversed", write: reversed},
}

// mark returns what stands for the mark with the given inside.
func (f *template) mark(inside, encoding string) string {
	name, arg, _ := strings.Cut(inside, " ")
	switch name {
	case "":
		return ""
	case "id":
		return mint.ID(f.name + "/" + inside)
	case "digest":
		return mint.Hex(f.name+"/"+inside, hexSecretLen)
	case "uuid":
		return mint.UUID(f.name + "/" + inside)
	case "unpadded":
		return strings.TrimRight(f.render(arg, encoding), "=")
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(f.render(arg, join(encoding, "base64"))))
	case "base64raw":
		return base64.RawStdEncoding.EncodeToString([]byte(f.render(arg, join(encoding, "base64"))))
	case "utf-16":
		return wide(f.render(arg, join(encoding, "utf-16")), false)
	case "repeat", "noise":
		count, rest, _ := strings.Cut(arg, " ")
		n, err := strconv.Atoi(count)
		if err != nil {
			panic(err)
		}
		if name == "noise" {
			return base64.RawURLEncoding.EncodeToString(noise(n, uint64(n)))[:n]
		}
		return strings.Repeat(f.render(rest, encoding), n)
	}
	if d, ok := writers[name]; ok {
		return d.write(f.render(arg, join(encoding, d.encoding)))
	}
	secret := f.credential(name, arg)
	if encoding == "" {
		encoding = "plain"
	}
	f.want = append(f.want, fmt.Sprintf("cloudflare-%s %s %s", name, encoding, secret))
	return secret
}

// credential mints the credential for a mark.
func (f *template) credential(name, arg string) string {
	seed := f.name + "/" + name + "/" + arg
	switch name {
	case "user-token":
		return mint.Token("cfut_", seed)
	case "account-token":
		return mint.Token("cfat_", seed)
	case "global-key":
		return mint.Token("cfk_", seed)
	case "legacy-global-key":
		return mint.LegacyKey(seed)
	case "access-secret":
		if arg == "cfast_" {
			return mint.Token(arg, seed)
		}
		return mint.Hex(seed, hexSecretLen)
	case "r2-key":
		if arg != "" && arg != "2" { // the key that is made from a token
			return secret.New([]byte(f.credential(arg, ""))).Fingerprint().String()
		}
		return mint.Hex(seed, hexSecretLen)
	case "realtime-secret":
		return mint.Hex(seed, hexSecretLen)
	case "oauth-token":
		if arg == "cfoat_" {
			return mint.OAuth(arg, seed)
		}
		return mint.OAuth("", seed)
	case "origin-ca-key":
		return mint.OriginCA(seed)
	case "tunnel-token":
		if arg == "secret" {
			return mint.TunnelSecret(seed)
		}
		token, _, _ := mint.Tunnel(seed)
		return token
	case "turnstile-secret":
		return mint.Turnstile(seed)
	case "deploy-hook":
		return mint.UUID(seed)
	case "new-token":
		return mint.Token("cfzz_", seed)
	case "legacy-token":
		b := []byte(mint.Legacy(seed))
		if arg != "" && class[arg[0]]&alnumChar == 0 {
			b[0] = arg[0]
		}
		if arg != "" && class[arg[len(arg)-1]]&alnumChar == 0 {
			b[len(b)-1] = arg[len(arg)-1]
		}
		return string(b)
	}
	panic("no such mark: " + name)
}

// findings returns what is found in a file as "rule encoding secret", sorted and
// without repetitions.
func findings(data []byte, path string) []string {
	var all []string
	NewSet(All...).Matches(data, Span{0, len(data)}, func(m Match) {
		if m.Rejected == "" && (!m.ByPath || PathNames(path)) {
			all = append(all, fmt.Sprintf("%s %s %s", m.Detector.ID, m.Encoding, m.Secret.Reveal()))
		}
	})
	slices.Sort(all)
	return slices.Compact(all)
}

// TestCorpus says that in each file of the corpus everything is found that is
// there, and nothing else.
func TestCorpus(t *testing.T) {
	paths, err := filepath.Glob("testdata/corpus/*/*.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"positives", "negatives"} {
		if !slices.ContainsFunc(paths, func(p string) bool { return filepath.Base(filepath.Dir(p)) == kind }) {
			t.Errorf("no %s", kind)
		}
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".tmpl")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f := template{name: name}
			content := f.render(string(text), "")
			slices.Sort(f.want)
			f.want = slices.Compact(f.want)
			if positive := filepath.Base(filepath.Dir(path)) == "positives"; positive != (len(f.want) > 0) {
				t.Fatalf("positive: %v, but there are %d credentials", positive, len(f.want))
			}
			if got := findings([]byte(content), name); !slices.Equal(got, f.want) {
				t.Errorf("found %q\nwant  %q", got, f.want)
			}
		})
	}
}

// A label says what a file of a full corpus holds.
type label struct {
	Findings []struct {
		Kind, Encoding, Tier string
		Line                 int
		Hard                 bool     // in an encoding that few undo
		SHA256               string   `json:"secret_sha256"`
		Alternatives         []string `json:"alt_sha256"` // further values that may be found and need not be
	}
}

// TestFullCorpus measures recall and precision on a corpus whose files hold
// whole credentials and can therefore not be in the repository: a folder with
// positives, negatives and labels.json, named by LEAKFLARE_CORPUS. Archives are
// no business of this package.
func TestFullCorpus(t *testing.T) {
	root := os.Getenv("LEAKFLARE_CORPUS")
	if root == "" {
		t.Skip("no corpus: LEAKFLARE_CORPUS is not set")
	}
	text, err := os.ReadFile(filepath.Join(root, "labels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var labels map[string]label
	if err := json.Unmarshal(text, &labels); err != nil {
		t.Fatal(err)
	}
	var wanted, hits, extras int
	for _, file := range slices.Sorted(maps.Keys(labels)) {
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		rules := make(map[string]string) // by the fingerprint of what was found
		NewSet(All...).Matches(data, Span{0, len(data)}, func(m Match) {
			if m.Rejected == "" && (!m.ByPath || PathNames(filepath.Base(file))) {
				rules[m.Secret.Fingerprint().String()] = m.Detector.ID
			}
		})
		for _, f := range labels[file].Findings {
			rule := rules[f.SHA256]
			delete(rules, f.SHA256)
			for _, other := range f.Alternatives {
				delete(rules, other)
			}
			if strings.Contains(f.Encoding, "archive") || strings.Contains(f.Encoding, "gzip") {
				continue
			}
			wanted++
			kind := cmp.Or(map[string]string{"access-service-token": "access-secret", "wrangler-oauth": "oauth-token"}[f.Kind], f.Kind)
			if rule == "cloudflare-"+kind {
				hits++
			} else {
				t.Logf("%s:%d: missed %s, %s; found %q", file, f.Line, f.Kind, f.Encoding, rule)
			}
		}
		for _, fingerprint := range slices.Sorted(maps.Keys(rules)) {
			extras++
			t.Logf("%s: found %s %s, which is none", file, rules[fingerprint], fingerprint)
		}
	}
	if wanted == 0 {
		t.Fatal("the labels want nothing")
	}
	recall, precision := float64(hits)/float64(wanted), float64(hits)/float64(max(1, hits+extras))
	t.Logf("recall %.4f: %d of %d; precision %.4f: %d too many", recall, hits, wanted, precision, extras)
	if recall < 0.98 || precision < 0.99 {
		t.Errorf("recall %.4f, precision %.4f; want at least 0.98 and 0.99", recall, precision)
	}
}
