package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/spf13/pflag"
)

// An entry is a key of a configuration with its value, or a table.
type entry struct {
	path  []string
	value any // nil for a table
	where string
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
