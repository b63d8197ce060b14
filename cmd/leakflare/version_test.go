package main

import (
	"runtime/debug"
	"testing"
)

func TestCommit(t *testing.T) {
	for _, test := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, ""},
		{new(debug.BuildInfo), ""}, // go install of a version, or a build without git
		{&debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}}}, ""},
		{&debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "1a2b"}, {Key: "vcs.modified", Value: "false"}}}, " commit 1a2b"},
		{&debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "1a2b"}}}, " commit 1a2b with changes"},
	} {
		if got := commit(test.info); got != test.want {
			t.Errorf("%v: %q, want %q", test.info, got, test.want)
		}
	}
}
