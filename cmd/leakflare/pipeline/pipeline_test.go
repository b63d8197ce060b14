package pipeline

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	a    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	b    = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	c    = "cccccccccccccccccccccccccccccccccccccccc"
	zero = "0000000000000000000000000000000000000000"
)

// TestRead holds the plans for documented environments. A variable is NAME=value,
// and EVENT the payload of an event of GitHub's.
func TestRead(t *testing.T) {
	const gh = "GITHUB_ACTIONS=true CI=true"
	tests := []struct {
		name, env, event string

		// The plan, as told writes it: the event, the scope or what is included,
		// then each base.
		want []string
	}{
		// GitHub Actions
		{"github: push", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/topic GITHUB_SHA=" + b,
			`{"before":"` + a + `","after":"` + b + `","ref":"refs/heads/topic","repository":{"default_branch":"main"}}`,
			[]string{"push to topic", b + " " + b, "what came after aaaaaaaaaaaa: " + a, "what main does not have: refs/remotes/origin/main"}},
		{"github: push to the default branch", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/main GITHUB_SHA=" + b,
			`{"before":"` + a + `","after":"` + b + `","repository":{"default_branch":"main"}}`,
			[]string{"push to main", b + " " + b, "what came after aaaaaaaaaaaa: " + a}},
		{"github: first push of a branch", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/topic GITHUB_SHA=" + b,
			`{"before":"` + zero + `","after":"` + b + `","created":true,"repository":{"default_branch":"main"}}`,
			[]string{"push to topic", b + " " + b, "what main does not have: refs/remotes/origin/main"}},
		{"github: first push of all", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/main GITHUB_SHA=" + b,
			`{"before":"` + zero + `","after":"` + b + `","created":true,"repository":{"default_branch":"main"}}`,
			[]string{"push to main", b + " " + b}},
		{"github: forced push", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/topic GITHUB_SHA=" + b,
			`{"before":"` + a + `","after":"` + b + `","forced":true,"repository":{"default_branch":"main"}}`,
			[]string{"push to topic", b + " " + b, "what came after aaaaaaaaaaaa: " + a, "what main does not have: refs/remotes/origin/main"}},
		{"github: deletion of a branch", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/topic GITHUB_SHA=" + a,
			`{"before":"` + a + `","after":"` + zero + `","deleted":true,"repository":{"default_branch":"main"}}`,
			[]string{"deletion of topic", "nothing"}},
		{"github: deletion of a branch, told by the event", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/main GITHUB_SHA=" + a,
			`{"ref":"refs/heads/topic","before":"` + a + `","after":"` + zero + `","deleted":true}`, []string{"deletion of topic", "nothing"}},
		{"github: tag", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/tags/v1 GITHUB_SHA=" + b,
			`{"before":"` + zero + `","after":"` + c + `","ref":"refs/tags/v1","repository":{"default_branch":"main"}}`,
			[]string{"tag v1", "refs/tags/v1 " + b, "what main does not have: refs/remotes/origin/main"}},
		{"github: pull request", gh + " GITHUB_EVENT_NAME=pull_request GITHUB_REF=refs/pull/7/merge GITHUB_BASE_REF=main GITHUB_SHA=" + c,
			`{"number":7,"pull_request":{"number":7,"base":{"sha":"` + a + `","ref":"main"},"head":{"sha":"` + b + `","ref":"topic"}}}`,
			[]string{"pull request 7", c + " " + b, "what main does not have: " + a + " " + c + "^1"}},
		{"github: pull request, whose head is checked out", gh + " GITHUB_EVENT_NAME=pull_request GITHUB_REF=refs/pull/7/merge GITHUB_BASE_REF=main GITHUB_SHA=" + b,
			`{"pull_request":{"number":7,"base":{"sha":"` + a + `","ref":"main"},"head":{"sha":"` + b + `"}}}`,
			[]string{"pull request 7", b + " " + b, "what main does not have: " + a}},
		{"github: pull request that was closed", gh + " GITHUB_EVENT_NAME=pull_request GITHUB_REF=refs/heads/main GITHUB_SHA=" + c,
			`{"number":7,"pull_request":{"number":7,"base":{"sha":"` + a + `","ref":"main"},"head":{"sha":"` + b + `","ref":"topic"}}}`,
			[]string{"pull request 7", c + " " + b, "what main does not have: " + a}},
		{"github: review of a pull request", gh + " GITHUB_EVENT_NAME=pull_request_review GITHUB_REF=refs/pull/7/merge GITHUB_SHA=" + c,
			`{"pull_request":{"number":7,"base":{"sha":"` + a + `","ref":"main"},"head":{"sha":"` + b + `"}}}`,
			[]string{"pull request 7", c + " " + b, "what main does not have: " + a + " " + c + "^1"}},
		{"github: pull request, in the target", gh + " GITHUB_EVENT_NAME=pull_request_target GITHUB_REF=refs/heads/main GITHUB_SHA=" + a,
			`{"pull_request":{"number":7,"base":{"sha":"` + a + `","ref":"main"},"head":{"sha":"` + b + `"}}}`,
			[]string{"pull request 7", b, "what main does not have: " + a + " " + a}},
		{"github: merge queue", gh + " GITHUB_EVENT_NAME=merge_group GITHUB_REF=refs/heads/gh-readonly-queue/main/pr-7 GITHUB_SHA=" + b,
			`{"merge_group":{"base_sha":"` + a + `","head_sha":"` + b + `","base_ref":"refs/heads/main"}}`,
			[]string{"merge queue", b + " " + b, "what came after aaaaaaaaaaaa: " + a}},
		{"github: schedule", gh + " GITHUB_EVENT_NAME=schedule GITHUB_REF=refs/heads/main GITHUB_SHA=" + b, `{"schedule":"0 0 * * *"}`, []string{"schedule", "everything"}},
		{"github: by hand", gh + " GITHUB_EVENT_NAME=workflow_dispatch GITHUB_SHA=" + b, `{"inputs":null}`, []string{"workflow_dispatch", "everything"}},
		{"github: comment", gh + " GITHUB_EVENT_NAME=issue_comment GITHUB_SHA=" + b, `{"issue":{"number":7,"pull_request":{}}}`, []string{"issue_comment", "everything"}},
		{"github: no payload", gh + " GITHUB_EVENT_NAME=push GITHUB_SHA=" + b, "", []string{"push", "everything", "warning: the event in $GITHUB_EVENT_PATH cannot be read: file does not exist"}},
		{"github: malformed payload", gh + " GITHUB_EVENT_NAME=push GITHUB_SHA=" + b, `{"before":}`, []string{"push", "everything", "warning: the event in $GITHUB_EVENT_PATH cannot be read: invalid character '}' looking for beginning of value"}},
		{"github: empty payload", gh + " GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/topic GITHUB_SHA=" + b, `{}`, []string{"push to topic", b}},

		// GitLab
		{"gitlab: push", "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_BRANCH=topic CI_DEFAULT_BRANCH=main CI_COMMIT_SHA=" + b + " CI_COMMIT_BEFORE_SHA=" + a, "",
			[]string{"push to topic", b, "what came after aaaaaaaaaaaa: " + a, "what main does not have: refs/remotes/origin/main"}},
		{"gitlab: first push", "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_BRANCH=topic CI_DEFAULT_BRANCH=main CI_COMMIT_SHA=" + b + " CI_COMMIT_BEFORE_SHA=" + zero, "",
			[]string{"push to topic", b, "what main does not have: refs/remotes/origin/main"}},
		{"gitlab: tag", "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_TAG=v1 CI_DEFAULT_BRANCH=main CI_COMMIT_SHA=" + b + " CI_COMMIT_BEFORE_SHA=" + zero, "",
			[]string{"tag v1", "refs/tags/v1 " + b, "what main does not have: refs/remotes/origin/main"}},
		{"gitlab: merge request", "GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=3 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_COMMIT_SHA=" + b + " CI_MERGE_REQUEST_DIFF_BASE_SHA=" + a + " CI_COMMIT_BEFORE_SHA=" + zero, "",
			[]string{"merge request 3", b, "what main does not have: " + a, "what main does not have: refs/remotes/origin/main"}},
		{"gitlab: merged result", "GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=3 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_COMMIT_SHA=" + b + " CI_MERGE_REQUEST_DIFF_BASE_SHA=" + a + " CI_MERGE_REQUEST_TARGET_BRANCH_SHA=" + c, "",
			[]string{"merge request 3", b, "what main does not have: " + a + " " + c, "what main does not have: refs/remotes/origin/main"}},
		{"gitlab: schedule", "GITLAB_CI=true CI_PIPELINE_SOURCE=schedule CI_COMMIT_SHA=" + b + " CI_COMMIT_BEFORE_SHA=" + zero, "", []string{"schedule", "everything"}},

		// Bitbucket
		{"bitbucket: push", "BITBUCKET_BUILD_NUMBER=1 BITBUCKET_BRANCH=topic BITBUCKET_COMMIT=" + b, "", []string{"push to topic", b}},
		{"bitbucket: pull request", "BITBUCKET_BUILD_NUMBER=1 BITBUCKET_BRANCH=topic BITBUCKET_PR_ID=3 BITBUCKET_PR_DESTINATION_BRANCH=main BITBUCKET_PR_DESTINATION_COMMIT=aaaaaaaaaaaa BITBUCKET_COMMIT=" + b, "",
			[]string{"pull request 3", "HEAD " + b, "what main does not have: aaaaaaaaaaaa refs/remotes/origin/main"}},
		{"bitbucket: tag", "BITBUCKET_BUILD_NUMBER=1 BITBUCKET_TAG=v1 BITBUCKET_COMMIT=" + b, "", []string{"tag v1", "refs/tags/v1 " + b}},

		// Azure Pipelines
		{"azure: push", "TF_BUILD=True BUILD_REASON=IndividualCI BUILD_SOURCEBRANCH=refs/heads/topic BUILD_SOURCEVERSION=" + b, "", []string{"push to topic", b}},
		{"azure: tag", "TF_BUILD=True BUILD_REASON=IndividualCI BUILD_SOURCEBRANCH=refs/tags/v1 BUILD_SOURCEVERSION=" + b, "", []string{"tag v1", "refs/tags/v1 " + b}},
		{"azure: pull request", "TF_BUILD=True BUILD_REASON=PullRequest BUILD_SOURCEBRANCH=refs/pull/3/merge SYSTEM_PULLREQUEST_PULLREQUESTID=3 SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main BUILD_SOURCEVERSION=" + c, "",
			[]string{"pull request 3", c, "what main does not have: " + c + "^1", "what main does not have: refs/remotes/origin/main"}},
		{"azure: by hand", "TF_BUILD=True BUILD_REASON=Manual BUILD_SOURCEBRANCH=refs/heads/main BUILD_SOURCEVERSION=" + c, "", []string{"Manual", "everything"}},

		// CircleCI
		{"circle: push", "CIRCLECI=true CI=true CIRCLE_BRANCH=topic CIRCLE_SHA1=" + b, "", []string{"push to topic", b}},
		{"circle: tag", "CIRCLECI=true CIRCLE_TAG=v1 CIRCLE_SHA1=" + b, "", []string{"tag v1", "refs/tags/v1 " + b}},

		// Jenkins
		{"jenkins: branch", "JENKINS_URL=http://j BRANCH_NAME=topic GIT_COMMIT=" + c + " GIT_PREVIOUS_COMMIT=" + b + " GIT_PREVIOUS_SUCCESSFUL_COMMIT=" + a, "",
			[]string{"push to topic", c + " HEAD", "what came after aaaaaaaaaaaa: " + a}},
		{"jenkins: build after one that failed", "JENKINS_URL=http://j BRANCH_NAME=topic GIT_COMMIT=" + c + " GIT_PREVIOUS_COMMIT=" + b, "",
			[]string{"push to topic", c + " HEAD"}},
		{"jenkins: first build", "JENKINS_URL=http://j GIT_BRANCH=origin/topic GIT_COMMIT=" + c, "", []string{"push to topic", c + " HEAD"}},
		{"jenkins: change", "JENKINS_URL=http://j BRANCH_NAME=PR-3 CHANGE_ID=3 CHANGE_TARGET=main GIT_COMMIT=" + c, "",
			[]string{"change 3", "HEAD " + c, "what main does not have: refs/remotes/origin/main"}},
		{"jenkins: tag", "JENKINS_URL=http://j TAG_NAME=v1 BRANCH_NAME=v1 GIT_COMMIT=" + c, "", []string{"tag v1", "refs/tags/v1 " + c + " HEAD"}},

		// Buildkite
		{"buildkite: branch", "BUILDKITE=true BUILDKITE_SOURCE=webhook BUILDKITE_BRANCH=topic BUILDKITE_PULL_REQUEST=false BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_COMMIT=" + b, "",
			[]string{"push to topic", b + " HEAD", "what main does not have: refs/remotes/origin/main"}},
		{"buildkite: default branch", "BUILDKITE=true BUILDKITE_BRANCH=main BUILDKITE_PULL_REQUEST=false BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_COMMIT=" + b, "",
			[]string{"push to main", b + " HEAD"}},
		{"buildkite: pull request", "BUILDKITE=true BUILDKITE_BRANCH=topic BUILDKITE_PULL_REQUEST=3 BUILDKITE_PULL_REQUEST_BASE_BRANCH=dev BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_COMMIT=" + b, "",
			[]string{"pull request 3", b + " HEAD", "what dev does not have: refs/remotes/origin/dev"}},
		{"buildkite: schedule", "BUILDKITE=true BUILDKITE_SOURCE=schedule BUILDKITE_BRANCH=main BUILDKITE_COMMIT=HEAD", "", []string{"schedule", "everything"}},
		{"buildkite: tag", "BUILDKITE=true BUILDKITE_TAG=v1 BUILDKITE_BRANCH=v1 BUILDKITE_PULL_REQUEST=false BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_COMMIT=" + b, "",
			[]string{"tag v1", "refs/tags/v1 " + b, "what main does not have: refs/remotes/origin/main"}},

		// Drone
		{"drone: push", "CI=true DRONE=true DRONE_BUILD_EVENT=push DRONE_BRANCH=topic DRONE_REPO_BRANCH=main DRONE_COMMIT_SHA=" + b + " DRONE_COMMIT_BEFORE=" + a, "",
			[]string{"push to topic", b, "what came after aaaaaaaaaaaa: " + a, "what main does not have: refs/remotes/origin/main"}},
		{"drone: first push", "DRONE=true DRONE_BUILD_EVENT=push DRONE_BRANCH=topic DRONE_REPO_BRANCH=main DRONE_COMMIT_SHA=" + b + " DRONE_COMMIT_BEFORE=" + zero, "",
			[]string{"push to topic", b, "what main does not have: refs/remotes/origin/main"}},
		{"drone: pull request", "DRONE=true DRONE_BUILD_EVENT=pull_request DRONE_PULL_REQUEST=3 DRONE_TARGET_BRANCH=main DRONE_BRANCH=main DRONE_COMMIT_SHA=" + b + " DRONE_COMMIT_BEFORE=" + a, "",
			[]string{"pull request 3", "HEAD " + b, "what main does not have: " + a, "what main does not have: refs/remotes/origin/main"}},
		{"drone: cron", "DRONE=true DRONE_BUILD_EVENT=cron DRONE_COMMIT_SHA=" + b, "", []string{"cron", "everything"}},
		{"drone: tag", "DRONE=true DRONE_BUILD_EVENT=tag DRONE_TAG=v1 DRONE_REPO_BRANCH=main DRONE_COMMIT_SHA=" + b, "",
			[]string{"tag v1", "refs/tags/v1 " + b, "what main does not have: refs/remotes/origin/main"}},

		// Woodpecker
		{"woodpecker: push", "CI=woodpecker CI_PIPELINE_EVENT=push CI_PREV_PIPELINE_EVENT=push CI_COMMIT_BRANCH=topic CI_PREV_COMMIT_BRANCH=topic CI_REPO_DEFAULT_BRANCH=main CI_COMMIT_SHA=" + b + " CI_PREV_COMMIT_SHA=" + a, "",
			[]string{"push to topic", b, "what came after aaaaaaaaaaaa: " + a, "what main does not have: refs/remotes/origin/main"}},
		{"woodpecker: push after one to another branch", "CI=woodpecker CI_PIPELINE_EVENT=push CI_PREV_PIPELINE_EVENT=push CI_COMMIT_BRANCH=topic CI_PREV_COMMIT_BRANCH=other CI_REPO_DEFAULT_BRANCH=main CI_COMMIT_SHA=" + b + " CI_PREV_COMMIT_SHA=" + a, "",
			[]string{"push to topic", b, "what main does not have: refs/remotes/origin/main"}},
		{"woodpecker: pull request", "CI=woodpecker CI_PIPELINE_EVENT=pull_request CI_COMMIT_PULL_REQUEST=3 CI_COMMIT_TARGET_BRANCH=main CI_COMMIT_BRANCH=main CI_REPO_DEFAULT_BRANCH=main CI_COMMIT_SHA=" + b, "",
			[]string{"pull request 3", b + " HEAD", "what main does not have: refs/remotes/origin/main"}},
		{"woodpecker: cron", "CI=woodpecker CI_PIPELINE_EVENT=cron CI_COMMIT_SHA=" + b, "", []string{"cron", "everything"}},
		{"woodpecker: tag", "CI=woodpecker CI_PIPELINE_EVENT=tag CI_COMMIT_TAG=v1 CI_REPO_DEFAULT_BRANCH=main CI_COMMIT_SHA=" + b, "",
			[]string{"tag v1", "refs/tags/v1 " + b, "what main does not have: refs/remotes/origin/main"}},

		{"gitlab: no commit", "GITLAB_CI=true CI_PIPELINE_SOURCE=push", "", []string{"push", "everything", "warning: the environment does not say which commit this run is of"}},
		{"circle: no commit", "CIRCLECI=true", "", []string{"push", "everything", "warning: the environment does not say which commit this run is of"}},
		{"bitbucket: no commit", "BITBUCKET_BUILD_NUMBER=3", "", []string{"push", "everything", "warning: the environment does not say which commit this run is of"}},

		{"another system", "CI=true", "", []string{"run", "everything"}},
		{"no system", "", "", []string{"run", "everything"}},
	}
	tested := make(map[string]bool)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vars := map[string]string{"GITHUB_EVENT_PATH": "event.json"}
			for v := range strings.FieldsSeq(tt.env) {
				name, value, _ := strings.Cut(v, "=")
				vars[name] = value
			}
			p := Read(Environment{
				Get: func(name string) string { return vars[name] },
				Read: func(file string) ([]byte, error) {
					if file != "event.json" || tt.event == "" {
						return nil, os.ErrNotExist
					}
					return []byte(tt.event), nil
				},
			})
			if got, want := strings.Join(told(p), "\n"), strings.Join(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if p.System == "" || p.Mend == "" {
				t.Errorf("the plan %+v does not say of which system it is, or what mends its clones", p)
			}
			tested[p.System] = true
		})
	}
	if want := len(systems()) + 1; len(tested) != want {
		t.Errorf("%d systems are tested, of %d", len(tested), want)
	}
}

// told returns a plan as lines.
func told(p Plan) (lines []string) {
	lines = []string{p.Event}
	switch p.Scope {
	case Everything:
		lines = append(lines, "everything")
	case Nothing:
		lines = append(lines, "nothing")
	default:
		lines = append(lines, strings.Join(p.Include, " "))
	}
	for _, b := range p.Bases {
		lines = append(lines, fmt.Sprintf("%s: %s", b.What, strings.Join(b.Revisions, " ")))
	}
	for _, w := range p.Warnings {
		lines = append(lines, "warning: "+w)
	}
	return lines
}

// TestOwnBranch wants no plan to exclude the branch that was pushed: it has all
// that is to be scanned.
func TestOwnBranch(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"gitlab":     {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BEFORE_SHA": zero, "CI_COMMIT_SHA": b},
		"buildkite":  {"BUILDKITE": "true", "BUILDKITE_BRANCH": "main", "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main"},
		"drone":      {"DRONE": "true", "DRONE_BUILD_EVENT": "push", "DRONE_BRANCH": "main", "DRONE_REPO_BRANCH": "main", "DRONE_COMMIT_SHA": b},
		"woodpecker": {"CI": "woodpecker", "CI_PIPELINE_EVENT": "push", "CI_COMMIT_BRANCH": "main", "CI_REPO_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": b},
	} {
		p := Read(Environment{
			Get:  func(name string) string { return env[name] },
			Read: func(string) ([]byte, error) { return nil, errors.New("no file") },
		})
		if p.Scope != Commits || len(p.Bases) > 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestReports says which systems are told of findings, and where.
func TestReports(t *testing.T) {
	for _, test := range []struct {
		env      map[string]string
		annotate bool
		summary  string
	}{
		{map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "/x"}, true, "/x"},
		{map[string]string{"GITHUB_ACTIONS": "True"}, true, ""}, // as some that stand in for it
		{map[string]string{"GITLAB_CI": "true", "GITHUB_STEP_SUMMARY": "/x"}, false, ""},
		{map[string]string{"GITHUB_STEP_SUMMARY": "/x"}, false, ""},
	} {
		p := Read(Environment{
			Get:  func(name string) string { return test.env[name] },
			Read: func(string) ([]byte, error) { return nil, errors.New("no event") },
		})
		if p.Annotate != test.annotate || p.Summary != test.summary {
			t.Errorf("%v: annotations %t, a summary in %q", test.env, p.Annotate, p.Summary)
		}
	}
}
