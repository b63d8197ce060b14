package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
)

// listFormats are the forms of the list of rules.
var listFormats = []string{"text", "json"}

func newDetectors(std streams) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "detectors [RULE...]",
		Short: "List the kinds of credentials, or explain some",
		Long: `Detectors lists the rules, each a kind of credential that leakflare knows. With
the ids of rules it says of each what it is and what to do when it leaked.
`,
		Example: `  leakflare detectors
  leakflare detectors cloudflare-user-token
  leakflare detectors -f json`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, d := range detectors.All {
				ids = append(ids, d.ID)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := refuse(choice{"format", &format, listFormats}); err != nil {
				return err
			}
			ds, err := chosen(args)
			if err != nil {
				return err
			}
			switch {
			case format == "json":
				return detectorsJSON(std, ds)
			case len(args) > 0:
				return explain(std, ds)
			}
			w := tabwriter.NewWriter(std.out, 0, 8, 2, ' ', 0)
			for _, d := range ds {
				fmt.Fprintf(w, "%s\t%s\n", d.ID, d.Title)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", listFormats[0], "`FORMAT` of the list: text, json")
	complete(cmd, map[string][]string{"format": listFormats})
	return cmd
}

// chosen returns the detectors with the given ids, all if there are none.
func chosen(ids []string) ([]*detectors.Detector, error) {
	if len(ids) == 0 {
		return detectors.All, nil
	}
	var ds []*detectors.Detector
	for _, id := range ids {
		d := detectors.ByID(id)
		if d == nil {
			return nil, &usageError{fmt.Sprintf("unknown rule %q", id), `"leakflare detectors" lists the rules`}
		}
		ds = append(ds, d)
	}
	return ds, nil
}

// explain writes what is known about each of ds.
func explain(std streams, ds []*detectors.Detector) error {
	for i, d := range ds {
		if i > 0 {
			fmt.Fprintln(std.out)
		}
		_, err := fmt.Fprintf(std.out, "%s: %s\n\n%s\n\nWhen it leaked: %s\n\nSee %s\n", d.ID, d.Title, d.Description, d.Advice, d.HelpURL)
		if err != nil {
			return err
		}
	}
	return nil
}

// detectorsJSON writes ds as a JSON array.
func detectorsJSON(std streams, ds []*detectors.Detector) error {
	type rule struct {
		ID          string  `json:"id"`
		Title       string  `json:"title"`
		Description string  `json:"description"`
		Advice      string  `json:"advice"`
		HelpURL     string  `json:"help_url"`
		Severity    float64 `json:"severity"`
	}
	rules := make([]rule, len(ds))
	for i, d := range ds {
		rules[i] = rule{d.ID, d.Title, d.Description, d.Advice, d.HelpURL, d.Severity}
	}
	e := json.NewEncoder(std.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(rules)
}
