package scanner_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
	"github.com/leakflare/leakflare/scanner/source/files"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
	"github.com/leakflare/leakflare/testdata/mint"
	"github.com/leakflare/leakflare/testdata/repos"
)

// A recorder is a sink that keeps what it is told.
type recorder struct{ findings []report.Finding }

func (*recorder) Begin(report.Run) error           { return nil }
func (*recorder) Close(report.Receipt) error       { return nil }
func (r *recorder) Finding(f report.Finding) error { r.findings = append(r.findings, f); return nil }

// scan scans dir as the command does.
func scan(t *testing.T, dirs ...string) report.Report {
	t.Helper()
	s := scanner.Scan{
		Detectors: detectors.All,
		Sink:      &recorder{},
		Run:       report.Run{Targets: dirs, StartedAt: time.Now()},
	}
	opener := &archive.Opener{Limits: archive.DefaultLimits}
	for _, dir := range dirs {
		tree, err := files.New(dir, files.Options{Archives: opener, Bundle: func(path string, head []byte) (source.Source, error) {
			if !gitrepo.IsBundle(head) {
				return nil, nil
			}
			return gitrepo.OpenBundle(path, gitrepo.Options{Archives: opener})
		}, Repository: func(dir string) (source.Source, error) {
			r, err := gitrepo.Open(dir, gitrepo.Options{Display: filepath.ToSlash(dir), Archives: opener})
			if err != nil {
				return nil, err
			}
			return r, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		s.Sources = append(s.Sources, tree)
	}
	sum, err := s.Execute(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestHidingPlaces builds a repository with a token in each place where one can
// hide, and finds it there. A twin whose checksum does not close stays silent.
func TestHidingPlaces(t *testing.T) {
	repos.NeedGit(t)
	for _, place := range repos.Places() {
		t.Run(place.Name, func(t *testing.T) {
			t.Parallel()
			token := mint.Token("cfut_", place.Name)
			want := place.Build(t, t.TempDir(), token)
			sum := scan(t, want.Dir)
			if len(sum.Findings) != 1 {
				t.Fatalf("found %d credentials, want 1; receipt %+v", len(sum.Findings), sum.Receipt)
			}
			f := sum.Findings[0]
			if f.Rule != "cloudflare-user-token" || !slices.ContainsFunc(f.Locations, func(l report.Location) bool { return fits(l, want, f.Masked, token) }) {
				t.Errorf("want %+v\ngot %+v", want, f)
			}
			for _, l := range f.Locations {
				for _, s := range append([]string{l.Path, l.Author, l.Summary, l.Repository}, l.Refs...) {
					if strings.Contains(s, token) {
						t.Errorf("a location shows the token: %+v", l)
					}
				}
			}
			if !sum.Receipt.Complete {
				t.Errorf("incomplete: %+v", sum.Receipt.Skipped)
			}

			twin := place.Build(t, t.TempDir(), mint.Broken("cfut_", place.Name))
			if sum := scan(t, twin.Dir); len(sum.Findings) != 0 {
				t.Errorf("found the twin with a broken checksum: %+v", sum.Findings)
			} else if len(sum.Receipt.Rejected) != 1 || sum.Receipt.Rejected[0].Reason != "checksum mismatch" {
				t.Errorf("the twin is not counted: %+v", sum.Receipt.Rejected)
			}
		})
	}
}

// fits reports whether a location is the one that is wanted. Where a path or a
// ref is made of the token, reports show its mask.
func fits(l report.Location, want repos.Want, mask, token string) bool {
	path := strings.ReplaceAll(want.Path, token, mask)
	var refs []string
	for _, r := range want.Refs {
		refs = append(refs, strings.ReplaceAll(r, token, mask))
	}
	if want.Kind == source.File && path != "" {
		path = filepath.ToSlash(want.Dir) + "/" + path
	}
	return l.Kind == want.Kind && l.Path == path && l.Commit == want.Commit && l.Part == want.Part &&
		slices.Equal(l.Refs, refs) && l.InHead == want.InHead && l.Reachable == want.Reachable
}

// TestOneFindingOverAll says that one credential in many places, in several
// repositories and targets, is one finding, and that no place is told twice.
func TestOneFindingOverAll(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	token := mint.Token("cfat_", "everywhere")
	for _, name := range []string{"one", "two/deep"} {
		g := repos.Init(t, filepath.Join(dir, name))
		g.WriteCommit("a.env", "T="+token+"\n", "add")
	}
	bare := repos.Init(t, filepath.Join(dir, "three.git"), "--bare")
	bare.Pipe("T="+token+"\n", "hash-object", "-w", "--stdin")
	if err := os.WriteFile(filepath.Join(dir, "b.txt"), []byte("é "+token), 0o666); err != nil {
		t.Fatal(err)
	}

	sum := scan(t, dir, filepath.Join(dir, "one"), filepath.Join(dir, "b.txt"))
	if len(sum.Findings) != 1 {
		t.Fatalf("found %d credentials, want 1", len(sum.Findings))
	}
	var places []string
	for _, l := range sum.Findings[0].Locations {
		places = append(places, l.Kind+" "+strings.TrimPrefix(l.Path, filepath.ToSlash(dir)+"/")+" "+l.Part)
	}
	slices.Sort(places)
	want := []string{
		"file b.txt ", "file one/a.env ", "file two/deep/a.env ",
		"git  dangling blob", "git a.env ", "git a.env ",
	}
	if !slices.Equal(places, want) {
		t.Errorf("places %q, want %q", places, want)
	}
	if sum.Receipt.Repositories != 3 {
		t.Errorf("%d repositories, want 3", sum.Receipt.Repositories)
	}
}
