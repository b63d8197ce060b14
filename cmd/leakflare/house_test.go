package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/leakflare/leakflare/"

// house says which of leakflare's packages each may import. An edge that is not
// here is a decision, and a commit of its own.
var house = map[string][]string{
	"cmd/leakflare":          {"cmd/leakflare/githook", "cmd/leakflare/pipeline", "detectors", "detectors/cfapi", "detectors/secret", "report", "scanner", "scanner/ignore", "scanner/respond", "scanner/source", "scanner/source/archive", "scanner/source/files", "scanner/source/gitrepo"},
	"cmd/leakflare/githook":  {"cmd/leakflare/pipeline", "scanner/source/gitrepo"},
	"cmd/leakflare/pipeline": {},
	"scanner":                {"detectors", "detectors/cfapi", "detectors/secret", "report", "scanner/ignore", "scanner/source", "scanner/source/archive"},
	"scanner/ignore":         {"detectors/secret", "report"},
	"scanner/respond":        {"detectors", "detectors/cfapi", "detectors/secret", "report"},
	"scanner/source":         {},
	"scanner/source/archive": {"scanner/source/gitpack"},
	"scanner/source/files":   {"scanner/source", "scanner/source/archive"},
	"scanner/source/gitrepo": {"scanner/source", "scanner/source/archive", "scanner/source/gitpack"},
	"scanner/source/gitpack": {},
	"detectors":              {"detectors/cfapi", "detectors/secret"},
	"detectors/cfapi":        {"detectors/secret"},

	"detectors/cfapi/cfapitest": {"testdata/mint"}, // for tests
	"testdata/mint":             {},                // likewise
	"detectors/secret":          {},
	"report":                    {"detectors/secret"},
}

// owners names for some modules the only one of our packages, or the parent of
// the only ones, that may import them.
var owners = map[string]string{
	"filippo.io/age":                "scanner/respond",
	"github.com/bmatcuk/":           "scanner/ignore",
	"github.com/dsnet/compress/":    "scanner/source/archive",
	"github.com/mikelolasagasti/":   "scanner/source/archive",
	"github.com/nwaples/":           "scanner/source/archive",
	"github.com/pierrec/lz4/":       "scanner/source/archive",
	"github.com/stangelandcl/":      "scanner/source/archive",
	"github.com/ulikunitz/xz":       "scanner/source/archive",
	"github.com/go-git/":            "scanner/source/gitrepo",
	"github.com/fatih/color":        "report",
	"github.com/spf13/cobra":        "cmd/leakflare",
	"github.com/mattn/go-isatty":    "cmd/leakflare",
	"github.com/pelletier/go-toml/": "cmd/leakflare",
	"github.com/sourcegraph/conc/":  "scanner",
	"golang.org/x/time/":            "detectors/cfapi",
}

// outside are packages of the standard library that, of all that the command is
// made of, only these may import: nothing but the client of the API talks to a
// network, nothing that was scanned has a part in what is run, and nothing that is for
// tests is built in. What remediation runs is the operator's own command that
// delivers a new token, named on the command line.
var outside = map[string][]string{
	"net/http": {"detectors/cfapi"},
	"os/exec":  {"scanner/respond"},
	"testing":  {},
}

// revealers are the files that may ask a secret for its bytes.
var revealers = []string{"detectors/cfapi/cfapi.go", "detectors/cfapi/r2.go", "detectors/cfapi/tunnel.go", "detectors/cfapi/turnstile.go", "detectors/known.go", "detectors/secret/secret.go", "scanner/redact.go", "scanner/respond/reveal.go"}

// TestHouse holds the imports of the packages against the tables, on each
// operating system that leakflare is built for: files and dependencies differ.
func TestHouse(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		t.Run(system, func(t *testing.T) {
			seen := make(map[string]bool)
			for _, p := range dependencies(t, system, ".") {
				checkOutside(t, p)
			}
			for _, p := range dependencies(t, system, "../../...") {
				if pkg, ours := strings.CutPrefix(p.ImportPath, module); ours {
					seen[pkg] = true
					checkImports(t, pkg, p.Imports)
				}
			}
			for pkg := range house {
				if !seen[pkg] {
					t.Errorf("the house names %s, and there is no such package", pkg)
				}
			}
		})
	}
}

// checkOutside holds what a package of the command imports against the table.
func checkOutside(t *testing.T, p listed) {
	for name, allowed := range outside {
		pkg, _ := strings.CutPrefix(p.ImportPath, module)
		inside := strings.HasPrefix(p.ImportPath, name+"/") // a part of it
		if slices.Contains(p.Imports, name) && !inside && !slices.Contains(allowed, pkg) {
			t.Errorf("%s imports %s; of the command only %q may", p.ImportPath, name, allowed)
		}
	}
}

// checkImports holds what one of our packages imports against the tables.
func checkImports(t *testing.T, pkg string, imports []string) {
	allowed, ok := house[pkg]
	if !ok {
		t.Errorf("package %s is not in the house", pkg)
		return
	}
	for _, i := range imports {
		if ours, ok := strings.CutPrefix(i, module); ok && !slices.Contains(allowed, ours) {
			t.Errorf("%s imports %s; it may not", pkg, ours)
		}
		for prefix, owner := range owners {
			if strings.HasPrefix(i, prefix) && !strings.HasPrefix(pkg, owner) {
				t.Errorf("%s imports %s; only %s may", pkg, i, owner)
			}
		}
	}
}

// A listed package is one as go list describes it.
type listed struct {
	ImportPath string
	Imports    []string
}

// dependencies lists the packages that a pattern names and all that they are
// built from on the given operating system. A test binary that runs where there
// is no go command has nothing to ask, and is skipped.
func dependencies(t *testing.T, system, pattern string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", pattern)
	cmd.Env = append(os.Environ(), "GOOS="+system)
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		t.Skip(err)
	case errors.As(err, &exit):
		t.Fatalf("go list: %v\n%s", err, exit.Stderr)
	case err != nil:
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("reading go list: %v", err)
		}
		all = append(all, p)
	}
}

// TestRevealers lists the files that ask secrets for their bytes, by a call of
// Reveal or Spellings or by taking one as a value, for whatever system they are.
func TestRevealers(t *testing.T) {
	const root = "../.."
	var found []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir(), !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err == nil && reveals(file) {
			found = append(found, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(found, revealers) {
		t.Errorf("secrets are revealed in %q; they may be in %q", found, revealers)
	}
}

// reveals reports whether file names anything's Reveal or Spellings.
func reveals(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		found = found || ok && (sel.Sel.Name == "Reveal" || sel.Sel.Name == "Spellings")
		return !found
	})
	return found
}
