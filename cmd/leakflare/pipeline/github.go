package pipeline

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

// A githubEvent is what of the payload of an event is read.
//
// See https://docs.github.com/webhooks/webhook-events-and-payloads.
type githubEvent struct {
	Ref     string // of a push; of a deletion, GITHUB_REF is another
	Before  string
	After   string
	Deleted bool

	PullRequest *struct {
		Number int
		Base   struct{ SHA, Ref string }
		Head   struct{ SHA string }
	} `json:"pull_request"`

	MergeGroup struct {
		BaseSHA string `json:"base_sha"`
		HeadSHA string `json:"head_sha"`
	} `json:"merge_group"`

	Repository struct {
		DefaultBranch string `json:"default_branch"`
	}
}

// github reads the environment of GitHub Actions.
//
// See https://docs.github.com/actions/reference/variables-reference and
// https://docs.github.com/actions/reference/events-that-trigger-workflows.
func github(env Environment, p *Plan) {
	p.Annotate, p.Summary = true, env.Get("GITHUB_STEP_SUMMARY")
	name, ref, sha := env.Get("GITHUB_EVENT_NAME"), env.Get("GITHUB_REF"), env.Get("GITHUB_SHA")
	var e githubEvent
	data, err := env.Read(env.Get("GITHUB_EVENT_PATH"))
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	switch pull := e.PullRequest; {
	case err != nil:
		p.everything(name)
		p.Warnings = append(p.Warnings, "the event in $GITHUB_EVENT_PATH cannot be read: "+plain(err))
	case name == "push":
		githubPush(p, e, ref, sha)
	case name == "merge_group":
		p.commits("merge queue", e.MergeGroup.HeadSHA, sha)
		p.withoutCommit(e.MergeGroup.BaseSHA)
	case pull != nil && name == "pull_request_target":
		// What is checked out, and is GITHUB_SHA, is the target.
		p.commits(request("pull request", strconv.Itoa(pull.Number)), pull.Head.SHA)
		p.without("what "+pull.Base.Ref+" does not have", pull.Base.SHA, sha)
		p.Mend = "run on the event pull_request, and " + p.Mend
	case pull != nil:
		p.commits(request("pull request", strconv.Itoa(pull.Number)), sha, pull.Head.SHA)
		base := []string{pull.Base.SHA}
		if strings.HasSuffix(ref, "/merge") && sha != "" && sha != pull.Head.SHA {
			// The commit is a merge into the target, which may have moved since the event.
			// Where a workflow is run elsewhere, it may be the head itself.
			base = append(base, sha+"^1")
		}
		p.without("what "+pull.Base.Ref+" does not have", base...)
	default:
		p.everything(name)
	}
}

// githubPush plans for a push of a branch or a tag.
func githubPush(p *Plan, e githubEvent, ref, sha string) {
	if e.Deleted || e.After != "" && IsZero(e.After) {
		p.nothing("deletion of " + strings.TrimPrefix(bare(cmp.Or(e.Ref, ref)), "refs/tags/"))
		return
	}
	branch := bare(ref)
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	event := push(branch)
	if isTag {
		event = "tag " + tag
	}
	if isTag {
		p.commits(event, ref, sha)
	} else {
		p.commits(event, e.After, sha)
	}
	p.withoutCommit(e.Before)
	p.withoutBranch(e.Repository.DefaultBranch, branch)
}

// plain says what is wrong with a file, without its name.
func plain(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
