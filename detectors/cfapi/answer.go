package cfapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An answer is what the API said. Success is what counts: some failures come
// with the status 200.
type answer struct {
	status  int // of HTTP
	success bool
	errors  []message
	result  json.RawMessage
	pages   int    // of the list that result is a part of; 0 if it does not say
	raw     []byte // of what is not in the form of the API's answers

	pause time.Duration // that it asks for
}

// A message is one of an answer's errors. The code that says most
// is often in the chain.
type message struct {
	Code  int       `json:"code"`
	Text  string    `json:"message"`
	Chain []message `json:"error_chain"`
}

// Codes of errors. Cloudflare publishes no list: these are collected from its
// own clients and from what users report.
const (
	codeInvalid    = 1000 // Invalid API Token; also of a timeout
	codeNotOwned   = 1011 // the endpoint does not support account owned tokens
	codeThrottled  = 971
	codeHeaders    = 6003 // invalid request headers; what of them is in the chain
	codeBadEmail   = 6102
	codeBadKey     = 6103
	codeBadToken   = 6111
	codeNoURI      = 7000 // no route for that URI
	codeNoRoute    = 7003
	codeMismatch   = 9103  // of X-Auth-Email and X-Auth-Key
	codeAccess     = 9109  // several, told apart by their text
	codeMethod     = 10001 // method not allowed for token; also of passing errors
	codeRateLimits = 10013
)

// A meaning is what an answer of no success says of the credential that was used.
type meaning int

const (
	unclear      meaning = iota
	filtered             // it works, and not from here: its IP filter
	lacking              // it works, and may not do what was asked for
	dead                 // Cloudflare does not know it
	deadIfAsked          // likewise, by a verifier; of others the same is said of what they cannot take
	malformed            // nobody can have it
	mismatched           // key and address do not go together: either is wrong
	badAddress           // the address is malformed
	badHeaders           // for another reason than these
	nothingThere         // there is no such thing, or none that it sees
)

// meanings lists by what errors an answer says so. Of those that it has, the
// first in this list counts.
var meanings = []struct {
	code  int
	words string // in lower case; "" for all errors of the code
	meaning
}{
	{codeNoRoute, "", nothingThere},
	{codeNoURI, "", nothingThere},
	{codeAccess, "location", filtered},
	{codeAccess, "unauthorized", lacking},
	{codeNotOwned, "", lacking},
	{codeMethod, "method not allowed", lacking},
	{codeAccess, "invalid access token", dead},
	{codeInvalid, "invalid api token", deadIfAsked},
	{codeBadToken, "", malformed},
	{codeBadKey, "", malformed},
	{codeMismatch, "", mismatched},
	{codeBadEmail, "", badAddress},
	{codeHeaders, "", badHeaders},
}

func (a answer) meaning() meaning {
	for _, m := range meanings {
		if a.says(m.code, m.words) {
			return m.meaning
		}
	}
	return unclear
}

// says tells whether there is an error with a code, at the top or in a chain, and
// with words in it, in lower case.
func (a answer) says(code int, words string) bool { return says(a.errors, code, words) }

func says(messages []message, code int, words string) bool {
	return slices.ContainsFunc(messages, func(m message) bool {
		return m.Code == code && strings.Contains(strings.ToLower(m.Text), words) || says(m.Chain, code, words)
	})
}

// limited tells whether the request was not carried out because there were too
// many.
func (a answer) limited() bool {
	if a.success {
		return false
	}
	return a.status == http.StatusTooManyRequests || a.says(codeThrottled, "") || a.says(codeRateLimits, "")
}

// summary says in words what went wrong, without the API's own text, in which
// there may be anything: the address of the caller, for one.
func (a answer) summary() string {
	if len(a.errors) == 0 {
		return fmt.Sprintf("HTTP %d", a.status)
	}
	var codes []string
	for _, m := range a.errors {
		code := fmt.Sprint(m.Code)
		for _, c := range m.Chain {
			code += fmt.Sprint("/", c.Code)
		}
		codes = append(codes, code)
	}
	return fmt.Sprintf("HTTP %d, code %s", a.status, strings.Join(codes, ", "))
}

// decode decodes the result of an answer of success.
func (a answer) decode(to any) error {
	if !a.success {
		return fmt.Errorf("refused by Cloudflare: %s", a.summary())
	}
	if err := json.Unmarshal(a.result, to); err != nil {
		return errors.New("the answer is not of the form that its documentation says")
	}
	return nil
}

// readAnswer reads an answer. What comes from something between, a page in HTML
// or half an answer, is an error that may pass.
func readAnswer(resp *http.Response) (answer, error) {
	a, err := readOther(resp)
	if err != nil {
		return a, err
	}
	limited := a.status == http.StatusTooManyRequests
	body := a.raw
	a.raw = nil
	// Of what is not needed no form is asked for: a roll's answer is the only copy
	// of the new value.
	var e struct {
		Success *bool           `json:"success"`
		Errors  json.RawMessage `json:"errors"`
		Result  json.RawMessage `json:"result"`
		Info    json.RawMessage `json:"result_info"`
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Success == nil {
		if limited {
			a.pause = pauseOf(resp.Header, true)
			return a, nil
		}
		return a, passingError{fmt.Errorf("the answer is not the API's (HTTP %d)", resp.StatusCode)}
	}
	a.success, a.errors, a.result, a.pages = *e.Success, messages(e.Errors), e.Result, pagesOf(e.Info)
	a.pause = pauseOf(resp.Header, a.limited())
	if resp.StatusCode >= 500 && !a.success {
		return a, passingError{fmt.Errorf("a fault at Cloudflare: %s", a.summary())}
	}
	return a, nil
}

// readOther reads an answer that is not in the form of the API's, whole and as it
// is. What it says besides its status is for others to find out.
func readOther(resp *http.Response) (answer, error) {
	a := answer{status: resp.StatusCode}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return a, passingError{fmt.Errorf("the answer broke off: %w", bare(err))}
	case len(body) > maxAnswer:
		return a, fmt.Errorf("the answer has more than %d MB", maxAnswer>>20)
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return a, fmt.Errorf("the API answers with a redirect (HTTP %d), which is not followed", resp.StatusCode)
	}
	a.raw = body
	return a, nil
}

// readPlain reads an answer of what is beside the API.
func readPlain(resp *http.Response) (answer, error) {
	a, err := readOther(resp)
	if err != nil {
		return a, err
	}
	a.pause = pauseOf(resp.Header, a.limited())
	if resp.StatusCode >= 500 {
		return a, passingError{fmt.Errorf("a fault at Cloudflare: HTTP %d", resp.StatusCode)}
	}
	return a, nil
}

// pagesOf returns of how many pages a list is, 0 if that is not said.
func pagesOf(info json.RawMessage) int {
	var i struct {
		PerPage    float64 `json:"per_page"`
		TotalCount float64 `json:"total_count"`
		TotalPages float64 `json:"total_pages"`
	}
	if json.Unmarshal(info, &i) != nil {
		return 0
	}
	if i.TotalPages == 0 && i.PerPage >= 1 {
		i.TotalPages = math.Ceil(i.TotalCount / i.PerPage)
	}
	return int(min(i.TotalPages, 1e6))
}

// messages returns those errors of an answer that have the form of one.
func messages(list json.RawMessage) (all []message) {
	var each []json.RawMessage
	_ = json.Unmarshal(list, &each)
	for _, one := range each {
		var m message
		if json.Unmarshal(one, &m) == nil {
			all = append(all, m)
		}
	}
	return all
}

// pauseOf returns how long an answer asks to wait: Retry-After, in seconds or as
// a date, or a Ratelimit of which nothing remains, as in "default";r=0;t=30.
func pauseOf(h http.Header, limited bool) time.Duration {
	after := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, int(maxPause/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(after); err == nil {
		return min(max(time.Until(at), 0), maxPause)
	}
	remaining, reset := -1, -1
	for part := range strings.SplitSeq(h.Get("Ratelimit"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(value)
		switch {
		case err != nil:
		case name == "r":
			remaining = n
		case name == "t":
			reset = n
		}
	}
	if remaining == 0 && reset >= 0 {
		return time.Duration(min(reset, int(maxPause/time.Second))) * time.Second
	}
	if limited {
		return 10 * time.Second
	}
	return 0
}
