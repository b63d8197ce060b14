package pipeline

import "strings"

// bitbucket reads the environment of Bitbucket Pipelines, which does not say what
// a push brought.
//
// See https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/.
func bitbucket(env Environment, p *Plan) {
	if id := env.Get("BITBUCKET_PR_ID"); id != "" {
		p.commits(request("pull request", id), "HEAD", env.Get("BITBUCKET_COMMIT"))
		target := env.Get("BITBUCKET_PR_DESTINATION_BRANCH")
		p.without("what "+target+" does not have", env.Get("BITBUCKET_PR_DESTINATION_COMMIT"), "refs/remotes/origin/"+target)
		return
	}
	if tag := env.Get("BITBUCKET_TAG"); tag != "" {
		p.commits("tag "+tag, "refs/tags/"+tag, env.Get("BITBUCKET_COMMIT"))
		return
	}
	p.commits(push(env.Get("BITBUCKET_BRANCH")), env.Get("BITBUCKET_COMMIT"))
}

// azure reads the environment of Azure Pipelines, which does not say what a push
// brought.
//
// See https://learn.microsoft.com/azure/devops/pipelines/build/variables.
func azure(env Environment, p *Plan) {
	sha, ref := env.Get("BUILD_SOURCEVERSION"), env.Get("BUILD_SOURCEBRANCH")
	switch reason := env.Get("BUILD_REASON"); reason {
	case "PullRequest":
		p.commits(request("pull request", env.Get("SYSTEM_PULLREQUEST_PULLREQUESTID")), sha)
		target := bare(env.Get("SYSTEM_PULLREQUEST_TARGETBRANCH"))
		if strings.HasSuffix(ref, "/merge") && sha != "" { // which it is into the target
			p.without("what "+target+" does not have", sha+"^1")
		}
		p.withoutBranch(target, "")
	case "IndividualCI", "BatchedCI":
		if tag, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
			p.commits("tag "+tag, ref, sha)
		} else {
			p.commits(push(ref), sha)
		}
	default: // Schedule, Manual, …
		p.everything(reason)
	}
}

// circle reads the environment of CircleCI, which says what was there before only
// in a pipeline value.
//
// See https://circleci.com/docs/reference/variables/.
func circle(env Environment, p *Plan) {
	sha := env.Get("CIRCLE_SHA1")
	if tag := env.Get("CIRCLE_TAG"); tag != "" {
		p.commits("tag "+tag, "refs/tags/"+tag, sha)
		return
	}
	p.commits(push(env.Get("CIRCLE_BRANCH")), sha)
}

// jenkins reads the environment of Jenkins with its Git plugin.
//
// See https://plugins.jenkins.io/git/ and, for CHANGE_TARGET,
// https://www.jenkins.io/doc/book/pipeline/multibranch/.
func jenkins(env Environment, p *Plan) {
	sha := env.Get("GIT_COMMIT")
	if target := env.Get("CHANGE_TARGET"); target != "" {
		// A build of the merge has it checked out, and says so nowhere.
		p.commits(request("change", env.Get("CHANGE_ID")), "HEAD", sha)
		p.withoutBranch(target, "")
		return
	}
	if tag := env.Get("TAG_NAME"); tag != "" {
		p.commits("tag "+tag, "refs/tags/"+tag, sha, "HEAD")
		return
	}
	branch := env.Get("BRANCH_NAME")
	if branch == "" {
		branch = strings.TrimPrefix(env.Get("GIT_BRANCH"), "origin/")
	}
	p.commits(push(branch), sha, "HEAD")
	// What was built before and failed may have failed because of a leak, which
	// is to make the next build fail too.
	p.withoutCommit(env.Get("GIT_PREVIOUS_SUCCESSFUL_COMMIT"))
}

// buildkite reads the environment of Buildkite, which does not say what a push
// brought.
//
// See https://buildkite.com/docs/pipelines/configure/environment-variables.
func buildkite(env Environment, p *Plan) {
	sha, branch := env.Get("BUILDKITE_COMMIT"), env.Get("BUILDKITE_BRANCH")
	switch pull := env.Get("BUILDKITE_PULL_REQUEST"); {
	case env.Get("BUILDKITE_SOURCE") == "schedule":
		p.everything("schedule")
	case pull != "" && pull != "false":
		p.commits(request("pull request", pull), sha, "HEAD")
		p.withoutBranch(env.Get("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), "")
	case env.Get("BUILDKITE_TAG") != "":
		tag := env.Get("BUILDKITE_TAG")
		p.commits("tag "+tag, "refs/tags/"+tag, sha)
		p.withoutBranch(env.Get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"), "")
	default:
		p.commits(push(branch), sha, "HEAD")
		p.withoutBranch(env.Get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"), branch)
	}
}

// drone reads the environment of Drone.
//
// See https://docs.drone.io/pipeline/environment/reference/.
func drone(env Environment, p *Plan) {
	sha := env.Get("DRONE_COMMIT_SHA")
	switch event := env.Get("DRONE_BUILD_EVENT"); event {
	case "pull_request":
		// What is checked out is the request merged into its target.
		p.commits(request("pull request", env.Get("DRONE_PULL_REQUEST")), "HEAD", sha)
		target := env.Get("DRONE_TARGET_BRANCH")
		p.without("what "+target+" does not have", env.Get("DRONE_COMMIT_BEFORE"))
		p.withoutBranch(target, "")
	case "push":
		p.commits(push(env.Get("DRONE_BRANCH")), sha)
		p.withoutCommit(env.Get("DRONE_COMMIT_BEFORE"))
		p.withoutBranch(env.Get("DRONE_REPO_BRANCH"), env.Get("DRONE_BRANCH"))
	case "tag":
		tag := env.Get("DRONE_TAG")
		p.commits("tag "+tag, "refs/tags/"+tag, sha)
		p.withoutBranch(env.Get("DRONE_REPO_BRANCH"), "")
	default: // cron, custom, promote, rollback
		p.everything(event)
	}
}

// woodpecker reads the environment of Woodpecker.
//
// See https://woodpecker-ci.org/docs/usage/environment.
func woodpecker(env Environment, p *Plan) {
	sha, branch := env.Get("CI_COMMIT_SHA"), env.Get("CI_COMMIT_BRANCH")
	switch event := env.Get("CI_PIPELINE_EVENT"); event {
	case "pull_request":
		p.commits(request("pull request", env.Get("CI_COMMIT_PULL_REQUEST")), sha, "HEAD")
		p.withoutBranch(env.Get("CI_COMMIT_TARGET_BRANCH"), "")
	case "push":
		p.commits(push(branch), sha)
		// The pipeline before may have been one of another branch.
		if env.Get("CI_PREV_PIPELINE_EVENT") == event && env.Get("CI_PREV_COMMIT_BRANCH") == branch {
			p.withoutCommit(env.Get("CI_PREV_COMMIT_SHA"))
		}
		p.withoutBranch(env.Get("CI_REPO_DEFAULT_BRANCH"), branch)
	case "tag", "release":
		tag := env.Get("CI_COMMIT_TAG")
		p.commits("tag "+tag, "refs/tags/"+tag, sha)
		p.withoutBranch(env.Get("CI_REPO_DEFAULT_BRANCH"), "")
	default: // cron, manual, deployment, …
		p.everything(event)
	}
}
