package githook

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/leakflare/leakflare/cmd/leakflare/pipeline"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// An InputError says that what a hook was told is not what git writes.
type InputError struct{ got, want int }

func (e *InputError) Error() string {
	words := "words"
	if e.got == 1 {
		words = "word"
	}
	return fmt.Sprintf("on standard input is a line of %d %s, not %d", e.got, words, e.want)
}

// pushWords is how many words git tells a pre-push hook of a ref. Before the last
// three stands what is pushed as it was named, which may be by several: "HEAD^{/a fix}".
const pushWords = 4

// Pushed reads from the standard input of a pre-push hook what is pushed to a remote,
// and returns what of it the remote has not, as far as is known here. The name of the
// remote may be empty. Where refs are only deleted, nothing is included.
//
// See https://git-scm.com/docs/githooks#_pre_push.
func Pushed(in io.Reader, remote string) (*gitrepo.Range, error) {
	r := new(gitrepo.Range)
	if remote != "" {
		r.KnownRefs = []string{"refs/remotes/" + remote + "/"}
	}
	return r, lines(in, pushWords, func(line []string) { update(r, line[2], line[3], line[1]) })
}

// Received reads from the standard input of a pre-receive hook what is received, and
// returns what of it no ref has.
//
// See https://git-scm.com/docs/githooks#pre-receive.
func Received(in io.Reader) (*gitrepo.Range, error) {
	r := &gitrepo.Range{KnownRefs: []string{"refs/"}}
	return r, lines(in, 3, func(line []string) { update(r, line[2], line[0], line[1]) })
}

// update adds that a ref is to change. Zeros stand for what was or will not be there.
// The name of one that was there is no news.
func update(r *gitrepo.Range, name, from, to string) {
	if !pipeline.IsZero(from) {
		r.Known = append(r.Known, from)
		name = ""
	}
	if !pipeline.IsZero(to) {
		r.Pushed = append(r.Pushed, gitrepo.Push{Object: to, Name: name})
	}
}

// lines calls visit for each line, which has so many words.
func lines(r io.Reader, words int, visit func([]string)) error {
	in := bufio.NewScanner(r)
	for in.Scan() {
		if in.Text() == "" {
			continue
		}
		line := strings.Split(in.Text(), " ")
		if words == pushWords {
			line = line[max(0, len(line)-words):]
		}
		if len(line) != words {
			return &InputError{len(line), words}
		}
		visit(line)
	}
	return in.Err()
}

// InFramework tells whether the pre-commit framework runs the hook, by the variables
// that get returns.
//
// See https://pre-commit.com/#pre-push and what follows it.
func InFramework(get func(string) string) bool { return get("PRE_COMMIT") == "1" }

// FrameworkRange returns the commits that the pre-commit framework is to check, if it
// says which.
func FrameworkRange(get func(string) string) (*gitrepo.Range, bool) {
	to := cmp.Or(get("PRE_COMMIT_TO_REF"), get("PRE_COMMIT_LOCAL_BRANCH"))
	if !InFramework(get) || to == "" {
		return nil, false
	}
	r := &gitrepo.Range{Include: []string{to}}
	if from := get("PRE_COMMIT_FROM_REF"); from != "" {
		r.Known = []string{from}
	}
	if remote := get("PRE_COMMIT_REMOTE_NAME"); remote != "" {
		r.KnownRefs = []string{"refs/remotes/" + remote + "/"}
	}
	return r, true
}
