package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/gcfg"
	"github.com/go-git/go-git/v5/plumbing/format/config"
)

// settings are what the configuration says about the storage of a repository.
//
// See https://git-scm.com/docs/git-config, "extensions".
type settings struct {
	objectFormat string // "sha256"; empty means SHA-1
	refStorage   string // "reftable"; empty means files
	bare         bool   // there is no work tree
	partial      bool   // objects may be missing because another repository promised them
}

// unsupportedRefs says in words that refs cannot be read, or nothing.
func unsupportedRefs(s settings) string {
	if s.refStorage == "" || s.refStorage == "files" {
		return ""
	}
	return fmt.Sprintf("refs stored as %s are not supported: which refs lead to a commit is unknown", s.refStorage)
}

// unsupportedObjects says in words that objects cannot be read, or nothing.
func unsupportedObjects(s settings) string {
	if s.objectFormat == "" || s.objectFormat == "sha1" {
		return ""
	}
	return strings.ToUpper(strings.Replace(s.objectFormat, "sha", "sha-", 1)) + " objects are not supported"
}

// readSettings reads the repository's own configuration. Included files are
// not followed. Of a broken file, what stands before the fault counts.
func (r *Repository) readSettings() settings {
	name := filepath.Join(r.common, "config")
	text, err := readSmall(name)
	if errors.Is(err, fs.ErrNotExist) {
		return settings{} // as git has it
	}
	if err != nil {
		r.tally.Fault(r.nameOf(name), reason(err))
		return settings{}
	}
	cfg, ok := decodeConfig(text)
	if !ok {
		// What exactly is wrong is not said, because that would quote the file.
		r.tally.Fault(r.nameOf(name), "malformed configuration")
	}
	extensions := cfg.Section("extensions")
	s := settings{
		objectFormat: strings.ToLower(extensions.Option("objectFormat")),
		refStorage:   strings.ToLower(extensions.Option("refStorage")),
		bare:         isTrue(cfg.Section("core"), "bare"),
		partial:      extensions.HasOption("partialClone"),
	}
	for _, remote := range cfg.Section("remote").Subsections {
		if remote.HasOption("promisor") && !isFalse(remote.Option("promisor")) {
			s.partial = true
		}
	}
	return s
}

func decodeConfig(text string) (cfg *config.Config, ok bool) {
	cfg = config.New()
	defer func() {
		if recover() != nil { // go-git's parser was not made for hostile input
			ok = false
		}
	}()
	return cfg, config.NewDecoder(strings.NewReader(text)).Decode(cfg) == nil
}

// An option is a line of a configuration.
type option struct{ section, subsection, key, value string }

// is tells whether an option has a key in a section.
func (o option) is(section, key string) bool {
	return strings.EqualFold(o.section, section) && strings.EqualFold(o.key, key)
}

// eachOption visits the options of a configuration in their order, which go-git's
// own form of it does not keep, until visit returns false. It reports whether it
// could be read.
func eachOption(text string, visit func(option) bool) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	stopped := errors.New("stopped")
	return gcfg.ReadWithCallback(strings.NewReader(text), func(section, subsection, key, value string, _ bool) error {
		if key != "" && !visit(option{section, subsection, key, value}) {
			return stopped
		}
		return nil
	}) == nil
}

// isTrue tells whether an option is set to one of git's words for true, or
// stands there without a value.
func isTrue(s *config.Section, option string) bool {
	return s.HasOption(option) && !isFalse(s.Option(option))
}

// isFalse tells whether v is one of git's words for false.
func isFalse(v string) bool {
	switch strings.ToLower(v) {
	case "false", "no", "off", "0":
		return true
	}
	return false
}
