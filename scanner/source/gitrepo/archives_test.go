package gitrepo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
	"github.com/leakflare/leakflare/testdata/packer"
	"github.com/leakflare/leakflare/testdata/repos"
)

// newOpener returns what opens archives, so many in one another.
func newOpener(depth int) *archive.Opener {
	limits := archive.DefaultLimits
	limits.Depth = depth
	return &archive.Opener{Limits: limits}
}

// foundIn returns the locations of needle in a repository, sorted, as "path:line:column
// part", with the commit if there is one. Hits may have none.
func foundIn(t *testing.T, r *Repository, needle string) (lines []string) {
	t.Helper()
	locations, err := r.Locate(t.Context(), find(t, r, needle))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range slices.Concat(locations...) {
		path := l.Path
		if l.Container != "" {
			path = l.Container + " > " + strings.TrimPrefix(path, l.Container+"!")
		}
		line := strings.ReplaceAll(fmt.Sprintf("%s:%d:%d", path, l.Line, l.Column), needle, "NEEDLE")
		for _, s := range []string{l.Part, l.Commit} {
			if s != "" {
				line += " " + s
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// TestArchivesInParts opens archives of a range, and those that are staged.
func TestArchivesInParts(t *testing.T) {
	repos.NeedGit(t)
	const before = "# settings\nTOKEN="
	tests := []struct {
		name string

		// build makes the second commit, or stages what would be in it.
		build  func(t *testing.T, g *repos.Git, needle string)
		staged []string
		commit []string // the same in a range; nil if that is no other
	}{
		{"zip", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("dir/a.zip", packer.Zip("x/.env", before+needle))
		}, []string{"dir/a.zip > x/.env:2:7"}, nil},
		{"stored, so that it is found twice", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("a.zip", packer.StoredZip("a", before+needle, "b", needle))
		}, []string{"a.zip > a:2:7", "a.zip > b:1:1"}, nil},
		{"tar.gz", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("a.tar.gz", packer.Gzip(packer.Tar("x/.env", before+needle)))
		}, []string{"a.tar.gz > x/.env:2:7"}, nil},
		{"a compressed file", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("dir/a.env.gz", packer.Gzip(before+needle))
		}, []string{"dir/a.env.gz > a.env:2:7"}, []string{"dir/a.env.gz > content:2:7"}}, // of a blob the path is not known
		{"behind a script", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("app", "#!/usr/bin/env python3\n"+packer.Zip("x", before+needle))
		}, []string{"app > x:2:7"}, nil},
		{"nested", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("a.tar", packer.Tar("b.zip", packer.Zip("x", before+needle)))
		}, []string{"a.tar > b.zip!x:2:7"}, nil},
		{"the name of a member", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("a.tar.gz", packer.Gzip(packer.Tar(needle, "x")))
		}, []string{"a.tar.gz > NEEDLE:0:0 path name"}, nil},
		{"too large to be held", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("a.zip", packer.StoredZip("noise", packer.Noise(maxHeld+1), "b.zip", packer.Zip("x", before+needle)))
		}, []string{"a.zip > b.zip!x:2:7"}, nil},
		{"a name with an exclamation mark", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("a!b/c.zip", packer.Zip("x", before+needle))
		}, []string{"a!b/c.zip > x:2:7"}, nil},
		{"renamed", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("old.zip", packer.Zip("x", before+needle))
			g.Run("add", "-A")
			g.Run("commit", "-q", "--amend", "--no-edit")
			g.Run("mv", "old.zip", "new.zip")
		}, []string{"new.zip > x:2:7"}, nil},
		{"there before", func(t *testing.T, g *repos.Git, needle string) {
			g.Write("old.zip", packer.Zip("x", before+needle))
			g.Run("add", "-A")
			g.Run("commit", "-q", "--amend", "--no-edit")
			g.Write("new", "x")
		}, nil, nil},
		{"at two paths", func(t *testing.T, g *repos.Git, needle string) {
			data := packer.StoredZip("x", needle+"\n"+needle)
			g.Write("a.zip", data)
			g.Write("b.zip", data)
		}, []string{"a.zip > x:1:1", "a.zip > x:2:1", "b.zip > x:1:1", "b.zip > x:2:1"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			needle := marker()
			g := repos.Init(t, t.TempDir())
			g.WriteCommit("README", "x\n", "first")
			tt.build(t, g, needle)
			g.Run("add", "-A")

			r, err := Open(g.Dir, Options{Staged: true, Archives: newOpener(8)})
			if err != nil {
				t.Fatal(err)
			}
			if got := foundIn(t, r, needle); !slices.Equal(got, tt.staged) {
				t.Errorf("staged: got %q, want %q", got, tt.staged)
			}
			compare(t, faultsOf(r), nil)

			want := slices.Clone(tt.staged)
			if tt.commit != nil {
				want = slices.Clone(tt.commit)
			}
			commit := g.Commit("second")
			for i := range want {
				want[i] += " " + commit
			}
			rng := between("HEAD^", "HEAD")
			for _, how := range []string{"loose", "packed"} {
				r, err := Open(g.Dir, Options{Range: &rng, Archives: newOpener(8)})
				if err != nil {
					t.Fatal(err)
				}
				if got := foundIn(t, r, needle); !slices.Equal(got, want) {
					t.Errorf("%s: got %q, want %q", how, got, want)
				}
				compare(t, faultsOf(r), nil)
				g.Run("repack", "-adfq")
			}
		})
	}
}

// TestArchiveWithoutPath says that what is in an archive that no tree has is in no file.
func TestArchiveWithoutPath(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("README", "x\n", "first")
	id := g.Pipe(packer.Zip("x", needle), "hash-object", "-w", "--stdin")
	r, err := Open(g.Dir, Options{Archives: newOpener(8)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.Locate(t.Context(), find(t, r, needle))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || len(all[0]) != 1 || all[0][0].Path != "!x" || all[0][0].Container != "" || all[0][0].Blob != id {
		t.Errorf("got %+v", all)
	}
}

// TestArchivesAsDeltas opens an archive that is stored as the difference from
// another, and is new far from where it begins.
func TestArchivesAsDeltas(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("a.zip", packer.StoredZip("noise", packer.Noise(1<<20), "more", packer.Noise(1<<18)), "first") // git has the smaller one as the delta
	commit := g.WriteCommit("a.zip", packer.StoredZip("noise", packer.Noise(1<<20), "b.zip", packer.Zip("x", "\n"+needle)), "second")
	g.Run("repack", "-adfq")
	if base := g.Pipe("HEAD:a.zip", "cat-file", "--batch-check=%(deltabase)"); strings.Trim(base, "0") == "" {
		t.Fatal("git stores it as no delta")
	}
	rng := between("HEAD^", "HEAD")
	r, err := Open(g.Dir, Options{Range: &rng, Archives: newOpener(8)})
	if err != nil {
		t.Fatal(err)
	}
	if got := foundIn(t, r, needle); !slices.Equal(got, []string{"a.zip > b.zip!x:2:1 " + commit}) {
		t.Errorf("got %q", got)
	}
	g.Run("reset", "-q", "--soft", "HEAD^")
	if r, err = Open(g.Dir, Options{Staged: true, Archives: newOpener(8)}); err != nil {
		t.Fatal(err)
	}
	if got := foundIn(t, r, needle); !slices.Equal(got, []string{"a.zip > b.zip!x:2:1"}) {
		t.Errorf("staged: got %q", got)
	}
}

// TestTextInParts opens an archive that stands in text in base64, which whoever
// matches sees, in a range and staged.
func TestTextInParts(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	text := base64.StdEncoding.EncodeToString([]byte(packer.Gzip("\n" + needle + strings.Repeat("\nmore", 100))))
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("README", "x\n", "first")
	g.Write("a.yaml", "data:\n  a: "+text+"\n")
	g.Write("b.yaml", "data:\n  a: "+text+"\n")
	commit := g.Commit("second")
	g.Run("reset", "-q", "--soft", "HEAD^")
	for name, opt := range map[string]Options{
		"staged": {Staged: true},
		"range":  {Range: &Range{Include: []string{commit}, Exclude: []string{commit + "^"}}},
	} {
		t.Run(name, func(t *testing.T) {
			opt.Archives = newOpener(8)
			r, err := Open(g.Dir, opt)
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var hits []source.Hit
			err = r.Walk(t.Context(), margin, func(c source.Chunk) error {
				mu.Lock()
				defer mu.Unlock()
				if c.Packed != nil && bytes.Contains(c.Data, []byte(text)) {
					c.Packed(c.Blob)
					if c.Found != nil {
						*c.Found = true
					}
				}
				if i := bytes.Index(c.Data, []byte(needle)); i >= 0 {
					if c.Found != nil {
						*c.Found = true
					}
					hits = append(hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(i)})
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			all, err := r.Locate(t.Context(), hits)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range slices.Concat(all...) {
				file, _, _ := strings.Cut(l.Path, "!")
				got = append(got, fmt.Sprint(file, l.Line))
			}
			slices.Sort(got)
			if want := []string{"a.yaml2", "b.yaml2"}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q: %s", got, want, describe(slices.Concat(all...)))
			}
		})
	}
}

// TestStagedBrotli opens what is known by its name alone, also if the same content
// is staged under another.
func TestStagedBrotli(t *testing.T) {
	repos.NeedGit(t)
	packed, err := hex.DecodeString("8b0a806f6e652074776f2074687265652074776f206f6e650a03")
	if err != nil {
		t.Fatal(err)
	}
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("README", "x\n", "first")
	g.Write("a.bin", string(packed))
	g.Write("x.js.br", string(packed))
	g.Run("add", "-A")
	r, err := Open(g.Dir, Options{Staged: true, Archives: newOpener(8)})
	if err != nil {
		t.Fatal(err)
	}
	if got := foundIn(t, r, "three"); !slices.Contains(got, "x.js.br > x.js:1:9") {
		t.Errorf("got %q", got)
	}
}

// TestArchiveNotes says that what is not unpacked is named by its path.
func TestArchiveNotes(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("README", "x\n", "first")
	g.Write("dir/secret.zip", packer.EncryptedZip("x/.env", "twelve bytes"))
	g.Write("deep.tar.gz", packer.Gzip(packer.Tar("x", "y")))
	g.Run("add", "-A")
	notes := func(opt Options, needle string) (lines []string) {
		opt.Display, opt.Archives = "REPO", newOpener(1)
		r, err := Open(g.Dir, opt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Locate(t.Context(), find(t, r, needle)); err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Coverage().Skipped {
			what := map[bool]string{true: "closed"}[s.Closed]
			if s.Fault {
				what += "fault"
			}
			lines = append(lines, fmt.Sprintf("%s: %s %s", s.Path, s.Reason, what))
		}
		slices.Sort(lines)
		return lines
	}
	compare(t, notes(Options{Staged: true}, marker()), []string{
		`^deep\.tar\.gz!deep\.tar: archives in one another, more than 1: .* fault$`,
		`^dir/secret\.zip!x/\.env: encrypted, not unpacked closed$`,
	})
	g.Commit("second")
	rng := between("HEAD^", "HEAD")
	compare(t, notes(Options{Range: &rng}, marker()), []string{
		`^deep\.tar\.gz!content: archives in one another, more than 1: .* fault$`,
		`^dir/secret\.zip!x/\.env: encrypted, not unpacked closed$`,
	})
	compare(t, notes(Options{Range: &Range{Include: []string{g.Run("rev-parse", "HEAD:dir/secret.zip")}}}, marker()), []string{
		`^REPO/\.git: blob [0-9a-f]{40}!x/\.env: encrypted, not unpacked closed$`,
	})

	// In a whole history by the commit that has it, also if it is there no more, by the
	// index, or by its id.
	second := g.Run("rev-parse", "HEAD")
	g.Run("rm", "-q", "dir/secret.zip")
	g.WriteCommit("moved.tar.gz", packer.Gzip(packer.Tar("x", "y")), "third")
	g.Write("staged.zip", packer.EncryptedZip("staged", "twelve bytes"))
	g.Run("add", "-A")
	lost := g.Pipe(packer.EncryptedZip("lost", "twelve bytes"), "hash-object", "-w", "--stdin")
	want := []string{
		`^REPO/\.git: ` + second + `:deep\.tar\.gz!content: archives in one another, .* fault$`,
		`^REPO/\.git: ` + second + `:dir/secret\.zip!x/\.env: encrypted, not unpacked closed$`,
		`^REPO/\.git: :staged\.zip!staged: encrypted, not unpacked closed$`,
		`^REPO/\.git: blob ` + lost + `!lost: encrypted, not unpacked closed$`,
	}
	slices.Sort(want)
	compare(t, notes(Options{}, marker()), want)
	compare(t, notes(Options{}, "third"), want) // in the message
}

// TestArchiveStops says that who ends a walk need not wait for an archive to be
// unpacked, and that by then what is plain has been read.
func TestArchiveStops(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("README", "x\n", "first")
	g.Write("a.zip", packer.Zip("zeros", strings.Repeat("\x00", 64<<20)))
	g.Write("z.env", "plain")
	commit := g.Commit("second")
	g.Run("reset", "-q", "--soft", "HEAD^")
	for name, opt := range map[string]Options{
		"staged": {Staged: true},
		"range":  {Range: &Range{Include: []string{commit}, Exclude: []string{commit + "^"}}},
	} {
		t.Run(name, func(t *testing.T) {
			opt.Archives = newOpener(8)
			r, err := Open(g.Dir, opt)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			var mu sync.Mutex
			plain, zeros := false, 0
			err = r.Walk(ctx, margin, func(c source.Chunk) error {
				mu.Lock()
				defer mu.Unlock()
				plain = plain || string(c.Data) == "plain"
				if len(c.Data) > 1<<10 && bytes.Count(c.Data, []byte{0}) == len(c.Data) {
					zeros++
					stop()
				}
				return nil
			})
			if !errors.Is(err, context.Canceled) || !plain || zeros != 1 {
				t.Errorf("error %v, plain %t, %d chunks of 64", err, plain, zeros)
			}
		})
	}
}
