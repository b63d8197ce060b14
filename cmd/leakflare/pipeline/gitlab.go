package pipeline

// gitlab reads the environment of GitLab CI.
//
// See https://docs.gitlab.com/ci/variables/predefined_variables/.
func gitlab(env Environment, p *Plan) {
	sha, before := env.Get("CI_COMMIT_SHA"), env.Get("CI_COMMIT_BEFORE_SHA")
	switch source := env.Get("CI_PIPELINE_SOURCE"); source {
	case "merge_request_event":
		p.commits(request("merge request", env.Get("CI_MERGE_REQUEST_IID")), sha)
		target := env.Get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
		// The second is there if the pipeline is one for the merged result.
		p.without("what "+target+" does not have", env.Get("CI_MERGE_REQUEST_DIFF_BASE_SHA"), env.Get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"))
		p.withoutBranch(target, "")
	case "external_pull_request_event":
		p.commits(request("pull request", env.Get("CI_EXTERNAL_PULL_REQUEST_IID")), sha)
		p.without("what "+env.Get("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME")+" does not have", env.Get("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA"))
		p.withoutBranch(env.Get("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME"), "")
	case "push":
		if tag := env.Get("CI_COMMIT_TAG"); tag != "" {
			p.commits("tag "+tag, "refs/tags/"+tag, sha)
		} else {
			p.commits(push(env.Get("CI_COMMIT_BRANCH")), sha)
		}
		p.withoutCommit(before)
		p.withoutBranch(env.Get("CI_DEFAULT_BRANCH"), env.Get("CI_COMMIT_BRANCH"))
	default: // schedule, web, api, trigger, pipeline, …
		p.everything(source)
	}
}
