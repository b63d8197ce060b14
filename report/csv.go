package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// NewCSV returns a sink that writes findings to w at once as comma-separated
// values (RFC 4180), in UTF-8: a heading, then a row for each location, or one
// for a finding without any. The columns are a contract, to which some may be
// added at the end.
//
// Cells are made for a spreadsheet: one that it would take for a formula has an
// apostrophe before that. What must be read to the byte is in JSON.
func NewCSV(w io.Writer) Sink {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &csvSink{c}
}

type csvSink struct{ w *csv.Writer }

// csvColumns are the columns in their order.
var csvColumns = []string{
	"rule", "title", "secret_sha256", "masked", "confidence", "reason", "status", "status_detail", "risk",
	"encoding", "token_id", "account_id", "emails",
	"suppressed_by", "suppressed_where", "suppressed_reason", "suppressed_until",
	"source", "repository", "path", "line", "column", "part", "commit", "blob", "author", "email", "date", "summary",
	"refs", "in_head", "reachable", "key_id", "derived_from", "container",
}

func (s *csvSink) Begin(Run) error { return s.write(csvColumns) }

func (s *csvSink) Finding(f Finding) error {
	f = cleanFinding(f)
	risk, why := "", Suppression{}
	if f.Identity != nil {
		risk = string(f.Identity.Risk)
	}
	if f.Suppressed != nil {
		why = *f.Suppressed
	}
	finding := []string{
		f.Rule, f.Title, f.Fingerprint.String(), f.Masked, f.Confidence.String(), f.Reason, string(f.Status), f.StatusDetail, risk,
		f.Encoding, f.TokenID, f.AccountID, strings.Join(f.Emails, " "),
		why.By, why.Where, why.Reason, csvTime(why.Until),
	}
	locations := f.Locations
	if len(locations) == 0 {
		locations = []Location{{}}
	}
	for _, l := range locations {
		row := append(slices.Clone(finding),
			l.Kind, l.Repository, l.Path, csvNumber(l.Line), csvNumber(l.Column), l.Part, l.Commit, l.Blob, l.Author, l.Email, csvTime(l.Date), l.Summary,
			strings.Join(l.Refs, " "), strconv.FormatBool(l.InHead), strconv.FormatBool(l.Reachable), f.KeyID, f.DerivedFrom, l.Container)
		if err := s.write(row); err != nil {
			return err
		}
	}
	return nil
}

func (s *csvSink) Close(Receipt) error { return nil }

// write writes a row at once.
func (s *csvSink) write(row []string) error {
	row = slices.Clone(row)
	for i, cell := range row {
		row[i] = formulas.ReplaceAllString(cell, "$1'$2")
	}
	err := s.w.Write(row)
	if s.w.Flush(); err == nil {
		err = s.w.Error()
	}
	if err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	return nil
}

// formulas are what a spreadsheet takes for the beginning of a formula, at the
// beginning of a cell, or after a semicolon, where it begins one in countries
// whose commas are decimal marks. [Clean] has dealt with tabs and line breaks.
//
// https://owasp.org/www-community/attacks/CSV_Injection
var formulas = regexp.MustCompile(`(^|;)(["\s]*[-=+@＝＋－＠])`)

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func csvNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
