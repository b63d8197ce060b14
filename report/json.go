package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// SchemaVersion is the version of the JSON report. Fields may be added without
// changing it; none is removed, renamed or given another meaning.
const SchemaVersion = 1

//go:embed schema.json
var schema string

// Schema returns the JSON Schema (draft 2020-12) of the JSON report. A line of
// JSON lines is described by its #/$defs/finding. It is there for programs that
// read reports; no command prints it.
func Schema() string { return schema }

// A document is a JSON report.
type document struct {
	SchemaVersion int       `json:"schema_version"`
	Tool          tool      `json:"tool"`
	Scan          scan      `json:"scan"`
	Findings      []Finding `json:"findings"`
}

type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Rules   []Rule `json:"rules"`
}

type scan struct {
	Targets     []string        `json:"targets"`
	StartedAt   time.Time       `json:"started_at"`
	DurationMS  int64           `json:"duration_ms"`
	Complete    bool            `json:"complete"`
	Interrupted bool            `json:"interrupted"`
	Coverage    coverage        `json:"coverage"`
	Rejected    []RejectedCount `json:"rejected"`
	Examples    []Rejected      `json:"rejected_candidates,omitempty"`

	Suppressed []SuppressedCount `json:"suppressed,omitempty"`
	Idle       []IdleEntry       `json:"idle_entries,omitempty"`
}

type coverage struct {
	Files        int64  `json:"files"`
	Repositories int64  `json:"repositories"`
	Objects      int64  `json:"objects"`
	Commits      int64  `json:"commits"`
	Bytes        int64  `json:"bytes"`
	Skipped      []Skip `json:"skipped"`
	SkippedMore  int64  `json:"skipped_more"`
}

// NewJSON returns a sink that writes one JSON document, described by [Schema],
// to w when it is closed.
func NewJSON(w io.Writer) Sink { return &jsonSink{w: w, findings: []Finding{}} }

type jsonSink struct {
	w        io.Writer
	run      Run
	findings []Finding
}

func (s *jsonSink) Begin(r Run) error {
	s.run = r
	return nil
}

func (s *jsonSink) Finding(f Finding) error {
	s.findings = append(s.findings, cleanFinding(f))
	return nil
}

func (s *jsonSink) Close(rc Receipt) error {
	rc = mapReceipt(rc, Clean)
	for i := range rc.Examples {
		rc.Examples[i].Location.Date = writable(rc.Examples[i].Location.Date)
	}
	return writeJSON(s.w, "  ", document{
		SchemaVersion: SchemaVersion,
		Tool:          tool{Name: "leakflare", Version: s.run.Version, Rules: append([]Rule{}, s.run.Rules...)},
		Scan: scan{
			Targets:     append([]string{}, mapStrings(s.run.Targets, Clean)...),
			StartedAt:   s.run.StartedAt.UTC(),
			DurationMS:  rc.Duration.Milliseconds(),
			Complete:    rc.Complete,
			Interrupted: rc.Interrupted,
			Coverage: coverage{
				Files:        rc.Files,
				Repositories: rc.Repositories,
				Objects:      rc.Objects,
				Commits:      rc.Commits,
				Bytes:        rc.Bytes,
				Skipped:      rc.Skipped,
				SkippedMore:  rc.SkippedMore,
			},
			Rejected: rc.Rejected,
			Examples: rc.Examples,

			Suppressed: rc.Suppressed,
			Idle:       rc.Idle,
		},
		Findings: s.findings,
	})
}

// NewJSONL returns a sink that writes each finding to w as a line of JSON, at
// once, and nothing else.
func NewJSONL(w io.Writer) Sink { return jsonlSink{w} }

type jsonlSink struct{ w io.Writer }

func (jsonlSink) Begin(Run) error           { return nil }
func (s jsonlSink) Finding(f Finding) error { return writeJSON(s.w, "", cleanFinding(f)) }
func (jsonlSink) Close(Receipt) error       { return nil }

// writeJSON writes v and a newline to w, in one call.
func writeJSON(w io.Writer, indent string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is read by people too
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encoding report: %w", err)
	}
	return write(w, b.Bytes())
}

// write writes b at once.
func write(w io.Writer, b []byte) error {
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	return nil
}

// misread says what data is, of which encoding/json says that it is no JSON
// object.
func misread(data []byte, err error) error {
	var (
		line  struct{ Rule, Masked *string }
		wrong *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &wrong):
		return errors.New("not a JSON report of leakflare")
	case json.NewDecoder(bytes.NewReader(data)).Decode(&line) == nil && line.Rule != nil && line.Masked != nil:
		return errors.New("these are JSON lines, and not the one document of a JSON report")
	}
	return fmt.Errorf("not JSON: %w", err)
}

// ReadJSON reads a report that was written by a sink of [NewJSON]. Strings are
// what they were before they were written, down to the byte.
func ReadJSON(r io.Reader) (Report, error) {
	fail := func(err error) (Report, error) { return Report{}, fmt.Errorf("reading report: %w", err) }
	data, err := io.ReadAll(r)
	if err != nil {
		return fail(err)
	}
	// The version comes first, because a document of another version may not
	// decode at all.
	var version struct {
		SchemaVersion *int `json:"schema_version"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return fail(misread(data, err))
	}
	switch v := version.SchemaVersion; {
	case v == nil:
		return fail(errors.New("no schema_version: not a JSON report of leakflare"))
	case *v != SchemaVersion:
		return fail(fmt.Errorf("schema version %d is not known, only %d is", *v, SchemaVersion))
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return fail(err)
	}
	for i, f := range d.Findings {
		if f.Confidence == 0 {
			return fail(fmt.Errorf("finding %d has no confidence", i+1))
		}
		d.Findings[i] = mapFinding(f, unclean)
	}
	run := Run{
		Version:   d.Tool.Version,
		Targets:   mapStrings(d.Scan.Targets, unclean),
		StartedAt: d.Scan.StartedAt,
		Rules:     d.Tool.Rules,
	}
	c := d.Scan.Coverage
	receipt := mapReceipt(Receipt{
		Duration:     time.Duration(d.Scan.DurationMS) * time.Millisecond,
		Complete:     d.Scan.Complete,
		Interrupted:  d.Scan.Interrupted,
		Files:        c.Files,
		Repositories: c.Repositories,
		Objects:      c.Objects,
		Commits:      c.Commits,
		Bytes:        c.Bytes,
		Skipped:      c.Skipped,
		SkippedMore:  c.SkippedMore,
		Rejected:     d.Scan.Rejected,
		Examples:     d.Scan.Examples,
		Suppressed:   d.Scan.Suppressed,
		Idle:         d.Scan.Idle,
	}, unclean)
	return Report{run, d.Findings, receipt}, nil
}
