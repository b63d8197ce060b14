package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

const (
	configName = ".leakflare.toml"
	configMost = 64 << 10 // bytes of a configuration

	// trusted annotates flags that write files, send something or act, or that
	// bound what a scan may cost. A configuration that was found beside what is
	// scanned may be a stranger's, and may not set them.
	trusted = "leakflare_trusted"

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

// trust keeps flags from a configuration that was merely found.
func trust(fl *pflag.FlagSet, names ...string) { annotate(fl, names, trusted) }

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
// what is trusted, nor name a file outside its folder, and what it sets is told.
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
		target := "."
		if _, ok := cmd.Annotations[ofTarget]; ok && len(args) > 0 && args[0] != "-" {
			target = args[0]
		}
		if name = c.find(target); name == "" {
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

// find returns the configuration for what is at target: the nearest on the way
// from its folder to the root of the repository that it is in. Where there is
// no repository, folders above are not looked into: they are anybody's.
func (c *config) find(target string) string {
	start, err := filepath.Abs(target)
	if err == nil {
		start, err = filepath.EvalSymlinks(start)
	}
	if err != nil {
		return "" // the command says what is wrong with it
	}
	info, err := os.Stat(start)
	if err == nil && !info.IsDir() {
		start = filepath.Dir(start)
		info, err = os.Stat(start)
	}
	if err != nil {
		return ""
	}
	root, err := gitrepo.Above(start)
	if err != nil {
		root = start
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		name := filepath.Join(dir, configName)
		switch file, err := os.Lstat(name); {
		case err != nil:
		case !file.Mode().IsRegular():
			complain(c.std.err, "note: %s is no regular file, and is not read", fromHere(name))
			return ""
		case !mayConfigure(file, info):
			complain(c.std.err, "note: %s belongs to somebody else, and is not read; --config uses it all the same", fromHere(name))
			return ""
		default:
			return name
		}
		if dir == root || dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// read returns the text of a configuration.
func (c *config) read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return nil, &usageError{fmt.Sprintf("reading the configuration %s: %v", c.file, pe.Err), c.leave()}
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, configMost+1))
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	switch {
	case err != nil:
		return nil, &usageError{fmt.Sprintf("reading the configuration %s: %v", c.file, err), c.leave()}
	case len(text) > configMost:
		return nil, &usageError{fmt.Sprintf("%s has more than %d KB, and is no configuration", c.file, configMost>>10), c.leave()}
	}
	return text, nil
}

// leave says how to do without a configuration that was not asked for.
func (c *config) leave() string {
	if c.found {
		return "--no-config leaves it out"
	}
	return ""
}

// An entry is a key of a configuration with its value, or a table.
type entry struct {
	path  []string
	value any // nil for a table
	where string
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

// parse returns what a configuration says, in order.
func (c *config) parse(text []byte) ([]entry, error) {
	values := make(map[string]any)
	if err := toml.Unmarshal(text, &values); err != nil {
		var e *toml.DecodeError
		if !errors.As(err, &e) {
			return nil, &usageError{fmt.Sprintf("%s: %v", c.file, err), c.leave()}
		}
		row, column := e.Position()
		return nil, &usageError{
			fmt.Sprintf("%s:%d:%d: %s", c.file, row, column, strings.TrimPrefix(e.Error(), "toml: ")),
			`a configuration is TOML: a table for a command, and in it values for its flags, as in [scan] and history = "only"`,
		}
	}
	// The values are known. The parser beneath tells where their keys stand.
	var (
		p       unstable.Parser
		entries []entry
		table   []string
		add     func(values any, above []string, n *unstable.Node)
	)
	add = func(values any, above []string, n *unstable.Node) {
		e := entry{path: slices.Clone(above)}
		for it := n.Key(); it.Next(); {
			if e.where == "" {
				at := p.Shape(it.Node().Raw).Start
				e.where = fmt.Sprintf("%s:%d:%d", c.file, at.Line, at.Column)
			}
			key := string(it.Node().Data)
			if m, ok := values.(map[string]any); ok {
				values = m[key]
			}
			e.path = append(e.path, key)
		}
		if n.Kind != unstable.Table {
			e.value = values
		}
		if n.Kind == unstable.KeyValue && n.Value().Kind == unstable.InlineTable {
			e.value = nil
		}
		entries = append(entries, e)
		if n.Kind == unstable.KeyValue && e.value == nil {
			for it := n.Value().Children(); it.Next(); {
				if it.Node().Kind == unstable.KeyValue {
					add(values, e.path, it.Node())
				}
			}
		}
	}
	within := any(values)
	for p.Reset(text); p.NextExpression(); {
		switch n := p.Expression(); n.Kind {
		case unstable.Table, unstable.ArrayTable:
			add(values, nil, n)
			last := entries[len(entries)-1]
			if last.value != nil {
				return nil, &usageError{fmt.Sprintf("%s: there is one table for a command", last.where), fmt.Sprintf("write [%s]", strings.Join(last.path, "."))}
			}
			table, within = last.path, values
			for _, key := range table {
				if m, ok := within.(map[string]any); ok {
					within = m[key]
				}
			}
		case unstable.KeyValue:
			add(within, table, n)
		}
	}
	return entries, p.Error()
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
	for _, sub := range configurable(cmd) {
		for _, f := range flagsOf(sub) {
			names[f.Name] = true
			if f.Name == name {
				flags = append(flags, f)
			}
		}
	}
	if len(flags) == 0 {
		return c.unknown(e, fmt.Sprintf("unknown key %q", name), name, slices.Sorted(maps.Keys(names)))
	}
	for _, f := range flags {
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
	if _, ok := f.Annotations[trusted]; ok && c.found {
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

// kindOf says which values of TOML a flag takes.
func kindOf(f *pflag.Flag) string {
	kind := f.Value.Type()
	_, list := f.Value.(pflag.SliceValue)
	switch {
	case list:
		return "a list of strings"
	case kind == "bool":
		return "true or false"
	case kind == "count", strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"), strings.HasPrefix(kind, "float"):
		return "a number"
	}
	return "a string"
}

// textsOf returns a value of TOML as if it had been typed, and whether it is of
// the kind that f takes. Only a list may have other than one.
func textsOf(f *pflag.Flag, value any) ([]string, bool) {
	kind := kindOf(f)
	switch v := value.(type) {
	case string:
		return []string{v}, kind == "a string" || kind == "a list of strings"
	case bool:
		return []string{strconv.FormatBool(v)}, kind == "true or false"
	case int64, float64:
		return []string{fmt.Sprint(v)}, kind == "a number"
	case []any:
		texts := []string{}
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, false
			}
			texts = append(texts, text)
		}
		return texts, kind == "a list of strings"
	}
	return nil, false
}

// literal returns the value of a flag in TOML.
func literal(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		var items []string
		for _, item := range list.GetSlice() {
			items = append(items, quote(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	if kindOf(f) == "a string" {
		return quote(f.Value.String())
	}
	return f.Value.String()
}

// quote returns s as a string of TOML that is safe on a terminal. See
// https://toml.io/en/v1.0.0#string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// tell says which configuration is in use and what it sets of cmd. Of one that
// was found it is always said: it may have been written to hide something.
func (c *config) tell(cmd *cobra.Command) {
	if quiet := cmd.Flags().Lookup("quiet"); !c.found && quiet != nil && quiet.Value.String() == "true" {
		return
	}
	var sets []string
	for _, f := range flagsOf(cmd) {
		if c.origin[f] != "" && f.Value.String() != f.DefValue {
			const most = 60 // characters of a value
			value := []rune(literal(f))
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

func newConfig(c *config) *cobra.Command {
	heading := &cobra.Command{
		Use:   "config",
		Short: "Show which configuration is in effect",
		Example: `  leakflare config show
  leakflare config show --no-config > .leakflare.toml`,
	}
	show := &cobra.Command{
		Use:   "show [PATH]",
		Short: "Print the flags of all commands with their values, and where these come from",
		Long: `Show prints, as TOML, each flag of each command with the value that it has if it
is not given, and where that comes from.

The defaults of flags can be set in a configuration: a TOML file with a table for
each command. A key that stands in no table sets the flags of that name of all
commands.

    color = "never"

    [scan]
    history = "only"
    min-confidence = "high"

It is the file named by --config or LEAKFLARE_CONFIG. Otherwise it is the nearest
` + configName + ` on the way from the folder of what is scanned (of PATH, or else the
current one) to the root of its repository; without a repository, the one in that
folder. As that may be a stranger's, it cannot set flags that write, send or act,
nor name files outside its folder, and what it sets is said on standard error.
`,
		Example: `  leakflare config show
  leakflare config show --config ci.toml
  leakflare config show --no-config > .leakflare.toml`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{ofTarget: ""},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if _, err := os.Stat(args[0]); errors.Is(err, fs.ErrNotExist) {
					return &usageError{fmt.Sprintf("%q does not exist", args[0]), ""}
				}
			}
			return c.show(cmd.Root())
		},
	}
	heading.AddCommand(show)
	return heading
}

// show writes the flags of all commands.
func (c *config) show(root *cobra.Command) error {
	var b strings.Builder
	if c.file == "" {
		fmt.Fprintln(&b, "# no configuration is in use")
	} else {
		fmt.Fprintf(&b, "# configuration: %s\n", c.file)
	}
	for _, cmd := range configurable(root) {
		flags := flagsOf(cmd)
		if len(flags) == 0 {
			continue
		}
		path := strings.Fields(cmd.CommandPath())[1:]
		fmt.Fprintf(&b, "\n[%s]\n", strings.Join(path, "."))
		for _, f := range flags {
			from := cmp.Or(c.origin[f], "default")
			// What a configuration that is found may not set is left out of what
			// may become one.
			off := ""
			if _, ok := f.Annotations[trusted]; ok && from == "default" {
				off, from = "# ", "default; with --config alone"
			}
			fmt.Fprintf(&b, "%s%s = %s # %s\n", off, f.Name, literal(f), from)
		}
	}
	text := detectors.NewSet(detectors.All...).Mask(b.String())
	for line := range strings.Lines(text) {
		if _, err := fmt.Fprintln(c.std.out, report.Clean(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}
