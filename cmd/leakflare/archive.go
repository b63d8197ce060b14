package main

import (
	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/scanner/source/archive"
)

// archiveFlags say what of archives is opened.
type archiveFlags struct {
	mode  string
	depth int
	size  size
}

func (f *archiveFlags) define(cmd *cobra.Command) {
	fl := cmd.Flags()
	f.size = size(archive.DefaultLimits.Size)
	fl.StringVar(&f.mode, "archives", archiveModes[0], "`HOW` to read archives and compressed files: auto (opened, also in one another and in history), off")
	fl.IntVar(&f.depth, "archive-depth", archive.DefaultLimits.Depth, "open archives in one another up to `N` deep; a .tar.gz counts twice")
	fl.Var(&f.size, "archive-size", "unpack at most so much of one file, and of a small one 256 MB or 200 times its size; of all, 16 times that or 20 times their size")
	requireTrust(fl, "archives", "archive-depth", "archive-size") // they bound what a scan costs, and sees
	complete(cmd, map[string][]string{"archives": archiveModes})
}

// opener returns what opens archives, with decoders that hold up to half the
// memory, or nil if nothing does.
func (f *archiveFlags) opener(memory size) (*archive.Opener, error) {
	if err := refuse(choice{"archives", &f.mode, archiveModes}); err != nil {
		return nil, err
	}
	switch {
	case f.mode == "off":
		return nil, nil
	case f.depth < 1:
		return nil, &usageError{"--archive-depth is 1 at least", "--archives off opens none"}
	}
	limits := archive.DefaultLimits
	limits.Depth, limits.Size, limits.Memory = f.depth, int64(f.size), int64(memory)/2
	return &archive.Opener{Limits: limits}, nil
}
