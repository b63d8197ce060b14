package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakflare/leakflare/detectors"
)

const (
	configName = ".leakflare.toml"
	configMost = 64 << 10 // bytes of a configuration

	// needsTrust annotates flags that write files, send something or act, or that
	// bound what a scan may cost. A configuration that was found beside what is
	// scanned may be a stranger's, and may not set them.
	needsTrust = "leakflare_needs_trust"

	// yieldsTo annotates a flag that no configuration sets where another one, which
	// it names, was typed.
	yieldsTo = "leakflare_yields_to"

	// pathIn annotates flags whose value names a file or folder, with a regular
	// expression of which one group is the name.
	pathIn = "leakflare_path"

	// ofTarget annotates commands whose configuration is looked for where their
	// first argument is, rather than in the current folder.
	ofTarget = "leakflare_target"

	// decides annotates commands that decide themselves what comes of a
	// configuration that is wrong. They find it in its err.
	decides = "leakflare_decides"
)

// requireTrust keeps flags from a configuration that was merely found.
func requireTrust(fl *pflag.FlagSet, names ...string) { annotate(fl, names, needsTrust) }

// pathFlags tells that values of flags are names of files or folders, which in a
// configuration are relative to it.
func pathFlags(fl *pflag.FlagSet, names ...string) { pathFlag(fl, "(.*)", names...) }

// pathFlag tells that in values of flags stand names of files or folders: where the
// regular expression has its groups, of which one matches at a time.
func pathFlag(fl *pflag.FlagSet, re string, names ...string) {
	annotate(fl, names, pathIn, "(?s)^(?:"+re+")$")
}

func annotate(fl *pflag.FlagSet, names []string, key string, values ...string) {
	for _, name := range names {
		if err := fl.SetAnnotation(name, key, values); err != nil {
			panic(err) // the flag is defined by the caller
		}
	}
}

// A config is where the defaults of flags come from, beside the program itself:
// a TOML file whose keys are names of flags. A key sets the flag of the command
// whose table it stands in, [scan] or [hook.install], and of all commands below
// it, so that one that stands in no table sets all flags of that name.
//
// The file is named by --config or LEAKFLARE_CONFIG; or else it is looked for.
// One that was found may belong to whoever wrote what is scanned. It cannot set
// what needs trust, nor name a file outside its folder, and what it sets is told.
type config struct {
	std    streams
	given  string // by --config
	none   bool   // by --no-config
	file   string // in use, for people; "" if there is none
	dir    string // that paths in it are relative to
	found  bool   // rather than named
	origin map[*pflag.Flag]string
	err    error // what is wrong with it
}

// use gives the commands below root the flags that name a configuration, and
// makes them obey one.
func (c *config) use(root *cobra.Command, std streams) {
	c.std, c.origin = std, make(map[*pflag.Flag]string)
	fl := root.PersistentFlags()
	fl.StringVar(&c.given, "config", "", "take defaults of flags from the TOML `FILE`, rather than from a "+configName+" (default $LEAKFLARE_CONFIG)")
	fl.BoolVar(&c.none, "no-config", false, "take no defaults of flags from a file")
	if err := root.MarkPersistentFlagFilename("config", "toml"); err != nil {
		panic(err) // the flag is defined above
	}
	for _, cmd := range configurable(root) {
		check, do := cmd.Args, cmd.RunE
		// Flags have their values before what else was typed is judged by them.
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			c.err = c.load(cmd, args)
			if _, ok := cmd.Annotations[decides]; c.err != nil && !ok {
				return c.err
			}
			if check == nil {
				return nil
			}
			return c.locate(cmd, check(cmd, args))
		}
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			c.tell(cmd)
			return c.locate(cmd, do(cmd, args))
		}
	}
}

// configurable returns the commands at and below cmd that a configuration has a
// say in.
func configurable(cmd *cobra.Command) []*cobra.Command {
	if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
		return nil
	}
	var cmds []*cobra.Command
	if _, target := cmd.Annotations[ofTarget]; cmd.HasParent() && (target || len(flagsOf(cmd)) > 0) {
		cmds = append(cmds, cmd)
	}
	for _, sub := range cmd.Commands() {
		cmds = append(cmds, configurable(sub)...)
	}
	return cmds
}

// flagsOf returns the flags of cmd itself that a configuration may set.
func flagsOf(cmd *cobra.Command) []*pflag.Flag {
	var flags []*pflag.Flag
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !f.Hidden {
			flags = append(flags, f)
		}
	})
	return flags
}

// load reads the configuration for cmd, if there is one, and sets flags by it.
func (c *config) load(cmd *cobra.Command, args []string) error {
	name := cmp.Or(c.given, os.Getenv("LEAKFLARE_CONFIG"))
	switch {
	case c.none && c.given != "":
		return &usageError{"--config and --no-config exclude each other", ""}
	case c.none:
		return nil
	case name != "":
		c.file = filepath.ToSlash(name)
	default:
		targets := []string{"."}
		if _, ok := cmd.Annotations[ofTarget]; ok && len(args) > 0 {
			targets = args
		}
		if name = c.findAll(targets); name == "" {
			return nil
		}
		c.file, c.found = fromHere(name), true
	}
	c.dir = filepath.Dir(name)
	text, err := c.read(name)
	if err != nil {
		return err
	}
	return c.apply(cmd.Root(), text)
}

// apply sets flags of the commands below root as a configuration says.
func (c *config) apply(root *cobra.Command, text []byte) error {
	entries, err := c.parse(text)
	if err != nil {
		return err
	}
	// What stands in the table of one command counts more than what is said of
	// all.
	slices.SortStableFunc(entries, func(a, b entry) int { return len(a.path) - len(b.path) })
	for _, e := range entries {
		if err := c.set(root, e); err != nil {
			return err
		}
	}
	return nil
}

// set sets the flags that an entry means, but those that were typed.
func (c *config) set(root *cobra.Command, e entry) error {
	cmd, name := root, e.path[len(e.path)-1]
	above := e.path[:len(e.path)-1]
	if e.value == nil {
		above = e.path
	}
	for _, part := range above {
		subs := configurableBelow(cmd)
		sub, ok := subs[part]
		if !ok {
			return c.unknown(e, fmt.Sprintf("there is no command %q to configure", strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), root.Name())+" "+part)), part, slices.Sorted(maps.Keys(subs)))
		}
		cmd = sub
	}
	if e.value == nil {
		return nil
	}
	names := make(map[string]bool)
	var flags []*pflag.Flag
	var of []*cobra.Command // of each
	for _, sub := range configurable(cmd) {
		for _, f := range flagsOf(sub) {
			names[f.Name] = true
			if f.Name == name {
				flags, of = append(flags, f), append(of, sub)
			}
		}
	}
	if len(flags) == 0 {
		return c.unknown(e, fmt.Sprintf("unknown key %q", name), name, slices.Sorted(maps.Keys(names)))
	}
	for i, f := range flags {
		if other, ok := f.Annotations[yieldsTo]; ok && of[i].Flags().Changed(other[0]) {
			continue
		}
		if err := c.setFlag(f, e); err != nil {
			return err
		}
	}
	return nil
}

// configurableBelow returns by their names the commands directly below cmd that
// have tables.
func configurableBelow(cmd *cobra.Command) map[string]*cobra.Command {
	subs := make(map[string]*cobra.Command)
	for _, sub := range cmd.Commands() {
		if len(configurable(sub)) > 0 {
			subs[sub.Name()] = sub
		}
	}
	return subs
}

// unknown returns the error for a name that is none, with what was likely meant.
func (c *config) unknown(e entry, msg, name string, names []string) error {
	// What is near is what is near in commands.
	heading := cobra.Command{SuggestionsMinimumDistance: 2}
	for _, n := range names {
		heading.AddCommand(&cobra.Command{Use: n, Run: func(*cobra.Command, []string) {}})
	}
	hint := `"leakflare config show --no-config" lists the keys`
	if near := heading.SuggestionsFor(name); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", strings.Join(near, `" or "`))
	}
	return &usageError{e.where + ": " + msg, hint}
}

// setFlag sets a flag as an entry says, unless it was typed.
func (c *config) setFlag(f *pflag.Flag, e entry) error {
	if _, ok := f.Annotations[needsTrust]; ok && c.found {
		return &usageError{
			fmt.Sprintf("%s: %s cannot be set by a configuration that is not named on the command line: it may be a stranger's", e.where, f.Name),
			fmt.Sprintf("if it is yours, use --config %s; --no-config leaves it out", c.file),
		}
	}
	texts, ok := textsOf(f, e.value)
	if !ok {
		return &usageError{
			fmt.Sprintf("%s: %s is to be %s", e.where, f.Name, kindOf(f)),
			fmt.Sprintf("as in %s = %s", f.Name, literal(f)),
		}
	}
	if re, ok := f.Annotations[pathIn]; ok {
		for i := range texts {
			if texts[i], ok = c.path(texts[i], regexp.MustCompile(re[0])); !ok {
				return &usageError{fmt.Sprintf("%s: %s is to name something in the folder of the configuration", e.where, f.Name), c.leave()}
			}
		}
	}
	if f.Changed {
		return nil
	}
	var err error
	if list, ok := f.Value.(pflag.SliceValue); ok {
		err = list.Replace(texts)
	} else {
		err = f.Value.Set(texts[0])
	}
	if err != nil {
		return &usageError{fmt.Sprintf("%s: %s: %v", e.where, f.Name, err), fmt.Sprintf("as in %s = %s", f.Name, literal(f))}
	}
	c.origin[f] = e.where
	return nil
}

// path returns a value of a flag with the name in it, which re finds, as it is from
// the current folder, and whether the configuration may name that.
func (c *config) path(value string, re *regexp.Regexp) (_ string, ok bool) {
	at := re.FindStringSubmatchIndex(value)
	for i := 2; i+1 < len(at); i += 2 {
		start, end := at[i], at[i+1]
		if start == end { // nothing, or another group
			continue
		}
		switch name := value[start:end]; {
		case c.found && !filepath.IsLocal(name):
			return value, false
		case name != "-" && !filepath.IsAbs(name):
			return value[:start] + filepath.Join(c.dir, name) + value[end:], true
		}
	}
	return value, true
}

// tell says which configuration is in use and what it sets of cmd. Of one that
// was found it is always said: it may have been written to hide something.
func (c *config) tell(cmd *cobra.Command) {
	if quiet := cmd.Flags().Lookup("quiet"); !c.found && quiet != nil && quiet.Value.String() == "true" {
		return
	}
	var sets []string
	set := detectors.NewSet(detectors.All...)
	for _, f := range flagsOf(cmd) {
		if c.origin[f] != "" && f.Value.String() != f.DefValue {
			const most = 60                       // characters of a value
			value := []rune(set.Mask(literal(f))) // before it is cut: half a credential is not known for one
			if len(value) > most {
				value = append(value[:most], '…')
			}
			sets = append(sets, f.Name+" = "+string(value))
		}
	}
	if len(sets) > 0 {
		complain(c.std.err, "configuration %s: %s", c.file, strings.Join(sets, ", "))
	}
}

// locate adds to an error about flags where the first of them was set that was
// not typed.
func (c *config) locate(cmd *cobra.Command, err error) error {
	var usage *usageError
	if len(c.origin) == 0 || !errors.As(err, &usage) {
		return err
	}
	flagName := regexp.MustCompile(`--([a-z][a-z0-9-]*)`)
	for _, m := range flagName.FindAllStringSubmatch(usage.msg, -1) {
		if where := c.origin[cmd.Flags().Lookup(m[1])]; where != "" {
			return &usageError{where + ": " + usage.msg, usage.hint}
		}
	}
	return err
}
