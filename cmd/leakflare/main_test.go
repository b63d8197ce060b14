package main

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leakflare/leakflare/testdata/mint"
	"github.com/leakflare/leakflare/testdata/packer"
	"github.com/leakflare/leakflare/testdata/repos"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"leakflare": main})
}

// TestScript runs the transcripts. Beside testscript's own commands they have
//
//	mint VAR PREFIX SEED    sets VAR to a token whose checksum closes
//	broken VAR PREFIX SEED  sets VAR to one whose checksum does not
//	legacy VAR SEED         sets VAR to a token in the format before 2026
//	digest VAR ALG OF       sets VAR to the sha1 or sha256 of the value of OF
//	commit VAR REV          sets VAR to the id of a commit of the current folder
//	pack KIND OUT FILE...   writes an archive of files, which NAME=FILE gives other
//	                        names: zip, encrypted, tar, gzip, tar.gz
//	zeros FILE SIZE         writes a file of so many zeros
//	expand FILE...          replaces $VAR in files
//	exits STATUS COMMAND... runs a command that is to end with this status
//	hides VAR               fails if the last command showed the value of VAR
//	replace HOOK            makes a hook look for leakflare where it is not
//
// and those of apiCommands; and a variable GITONLY, a PATH with all but leakflare.
func TestScript(t *testing.T) {
	script := testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			env.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
			_, others, _ := strings.Cut(env.Getenv("PATH"), string(filepath.ListSeparator)) // testscript puts leakflare first
			env.Setenv("GITONLY", others)
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				env.Setenv("GIT_"+who+"_NAME", "Ann Example")
				env.Setenv("GIT_"+who+"_EMAIL", "ann@example.com")
				env.Setenv("GIT_"+who+"_DATE", "2026-03-02T10:00:00Z")
			}
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			env.Values[cloudflareKey{}] = new(cloudflare)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			return cond == "root" && os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mint": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv(args[0], mint.Token(args[1], args[2]))
			},
			"broken": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv(args[0], mint.Broken(args[1], args[2]))
			},
			"legacy": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv(args[0], mint.Legacy(args[1]))
			},
			"digest": func(ts *testscript.TestScript, _ bool, args []string) {
				of := []byte(ts.Getenv(args[2]))
				switch args[1] {
				case "sha1":
					ts.Setenv(args[0], fmt.Sprintf("%x", sha1.Sum(of)))
				case "sha256":
					ts.Setenv(args[0], fmt.Sprintf("%x", sha256.Sum256(of)))
				default:
					ts.Fatalf("no digest %s", args[1])
				}
			},
			"commit": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(ts.Exec("git", "rev-parse", "--verify", args[1]+"^{commit}"))
				ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
			},
			"pack": func(ts *testscript.TestScript, _ bool, args []string) {
				var members []string
				for _, arg := range args[2:] {
					name, file, renamed := strings.Cut(arg, "=")
					if !renamed {
						file = name
					}
					members = append(members, name, ts.ReadFile(file))
				}
				data, err := pack(args[0], members)
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(data), 0o666))
			},
			"zeros": func(ts *testscript.TestScript, _ bool, args []string) {
				n, err := strconv.Atoi(args[1])
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), make([]byte, n), 0o666))
			},
			"expand": func(ts *testscript.TestScript, _ bool, files []string) {
				for _, f := range files {
					text := os.Expand(ts.ReadFile(f), ts.Getenv)
					ts.Check(os.WriteFile(ts.MkAbs(f), []byte(text), 0o666))
				}
			},
			"replace": func(ts *testscript.TestScript, _ bool, args []string) {
				place := regexp.MustCompile(`(?m)^leakflare=/.*$`)
				text := place.ReplaceAllString(ts.ReadFile(args[0]), "leakflare=/nowhere/leakflare")
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o777))
			},
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				status := 0
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					var exit *exec.ExitError
					if !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					status = exit.ExitCode()
				}
				if fmt.Sprint(status) != args[0] {
					ts.Fatalf("exit status %d, want %s", status, args[0])
				}
			},
			"hides": func(ts *testscript.TestScript, _ bool, vars []string) {
				for _, v := range vars {
					secret := ts.Getenv(v)
					for _, stream := range []string{"stdout", "stderr"} {
						if body := secret[len(secret)/2-8 : len(secret)/2+8]; strings.Contains(ts.ReadFile(stream), body) {
							ts.Fatalf("%s shows %s", stream, v)
						}
					}
				}
			},
		},
	}
	maps.Copy(script.Cmds, apiCommands(t))
	testscript.Run(t, script)
}

// pack returns an archive of a kind, of members which are pairs of a name and a content;
// gzip is of the content alone.
func pack(kind string, members []string) (string, error) {
	switch kind {
	case "zip":
		return packer.Zip(members...), nil
	case "encrypted":
		return packer.EncryptedZip(members...), nil
	case "tar":
		return packer.Tar(members...), nil
	case "tar.gz":
		return packer.Gzip(packer.Tar(members...)), nil
	case "gzip":
		return packer.Gzip(members[1]), nil
	}
	return "", fmt.Errorf("no archive is called %s", kind)
}

// TestNoSecretInOutput scans a repository for each place in which a secret can
// hide, writes each format, reads the JSON of it and writes each format again,
// and looks for the secret in what is written: a whole one, and one with a typing
// error, which is still most of a secret.
func TestNoSecretInOutput(t *testing.T) {
	repos.NeedGit(t)
	for _, place := range repos.Places() {
		t.Run(place.Name, func(t *testing.T) {
			t.Parallel()
			for kind, secret := range map[string]string{
				"token":  mint.Token("cfut_", place.Name),
				"key":    mint.Token("cfk_", place.Name),
				"broken": mint.Broken("cfk_", place.Name),
			} {
				want := place.Build(t, t.TempDir(), secret)
				reports := t.TempDir()
				scan := []string{"scan", "--show-rejected", want.Dir}
				again := []string{"report", filepath.Join(reports, "json")}
				for _, format := range formatNames() {
					scan = append(scan, "--report", format+"="+filepath.Join(reports, format))
					again = append(again, "--report", format+"="+filepath.Join(reports, format+" again"))
				}
				var out bytes.Buffer
				status := run(context.Background(), scan, streams{nil, &out, &out})
				if found := status == exitFound; found != (kind != "broken") {
					t.Errorf("%s: status %d\n%s", kind, status, out.String())
				}
				if status := run(context.Background(), again, streams{nil, &out, &out}); status != exitClean {
					t.Errorf("%s: status %d of a report\n%s", kind, status, out.String())
				}
				written := map[string]string{"output": out.String()}
				for _, format := range formatNames() {
					for _, name := range []string{format, format + " again"} {
						data, err := os.ReadFile(filepath.Join(reports, name))
						if err != nil {
							t.Error(err)
						}
						written[name] = string(data)
					}
				}
				for name, text := range written {
					if strings.Contains(text, secret[12:40]) {
						t.Errorf("%s, %s: the secret is in\n%s", kind, name, text)
					}
				}
			}
		})
	}
}

// TestInterrupt says that a scan that is stopped reports what it found until
// then, also while it waits for input.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in, feed := io.Pipe()
	go func() {
		io.WriteString(feed, strings.Repeat("x\n", 1<<20)+mint.Token("cfut_", "x")+strings.Repeat("\nx", 1<<20))
		cancel()
	}()
	var out, errs bytes.Buffer
	if status := run(ctx, []string{"scan", "-"}, streams{in, &out, &errs}); status != exitIncomplete {
		t.Errorf("status %d, want %d", status, exitIncomplete)
	}
	if !strings.Contains(out.String(), "stdin:1048577:1") {
		t.Errorf("the report: %s", out.String())
	}
	if !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("the receipt: %s", errs.String())
	}
}
