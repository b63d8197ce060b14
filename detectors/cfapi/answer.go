package cfapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An Answer is what the API said. Success is what counts: some failures come
// with the status 200.
type Answer struct {
	HTTP    int // status
	Success bool
	Errors  []Message
	Result  json.RawMessage

	pause time.Duration // that it asks for
}

// A Message is one of an answer's errors. The code that says most
// is often in the chain.
type Message struct {
	Code  int       `json:"code"`
	Text  string    `json:"message"`
	Chain []Message `json:"error_chain"`
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

// Error returns the error with a code, at the top or in a chain, and with words
// in it, in lower case, if there are any.
func (a Answer) Error(code int, words ...string) (Message, bool) { return find(a.Errors, code, words) }

func find(messages []Message, code int, words []string) (Message, bool) {
	for _, m := range messages {
		if m.Code == code {
			text := strings.ToLower(m.Text)
			for _, w := range words {
				if strings.Contains(text, w) {
					return m, true
				}
			}
			if len(words) == 0 {
				return m, true
			}
		}
		if m, ok := find(m.Chain, code, words); ok {
			return m, true
		}
	}
	return Message{}, false
}

// limited tells whether the request was not carried out because there were too
// many.
func (a Answer) limited() bool {
	if a.Success {
		return false
	}
	_, throttled := a.Error(codeThrottled)
	_, limited := a.Error(codeRateLimits)
	return a.HTTP == http.StatusTooManyRequests || throttled || limited
}

// Summary says in words what went wrong, without the API's own text, in which
// there may be anything: the address of the caller, for one.
func (a Answer) Summary() string {
	if len(a.Errors) == 0 {
		return fmt.Sprintf("HTTP %d", a.HTTP)
	}
	var codes []string
	for _, m := range a.Errors {
		code := fmt.Sprint(m.Code)
		for _, c := range m.Chain {
			code += fmt.Sprint("/", c.Code)
		}
		codes = append(codes, code)
	}
	return fmt.Sprintf("HTTP %d, code %s", a.HTTP, strings.Join(codes, ", "))
}

// Decode decodes the result of an answer of success.
func (a Answer) Decode(to any) error {
	if !a.Success {
		return fmt.Errorf("refused by Cloudflare: %s", a.Summary())
	}
	if err := json.Unmarshal(a.Result, to); err != nil {
		return errors.New("the answer is not of the form that its documentation says")
	}
	return nil
}

// readAnswer reads an answer. What comes from something between, a page in HTML
// or half an answer, is an error that may pass.
func readAnswer(resp *http.Response) (Answer, error) {
	a := Answer{HTTP: resp.StatusCode}
	limited := resp.StatusCode == http.StatusTooManyRequests
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return a, passingError{fmt.Errorf("the answer broke off: %w", bare(err))}
	case len(body) > maxAnswer:
		return a, fmt.Errorf("the answer has more than %d MB", maxAnswer>>20)
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return a, fmt.Errorf("the API answers with a redirect (HTTP %d), which is not followed", resp.StatusCode)
	}
	// Of what is not needed no form is asked for: a roll's answer is the only copy
	// of the new value.
	var e struct {
		Success *bool           `json:"success"`
		Errors  json.RawMessage `json:"errors"`
		Result  json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Success == nil {
		if limited {
			a.pause = pauseOf(resp.Header, true)
			return a, nil
		}
		return a, passingError{fmt.Errorf("the answer is not the API's (HTTP %d)", resp.StatusCode)}
	}
	a.Success, a.Errors, a.Result = *e.Success, messages(e.Errors), e.Result
	a.pause = pauseOf(resp.Header, a.limited())
	if resp.StatusCode >= 500 && !a.Success {
		return a, passingError{fmt.Errorf("a fault at Cloudflare: %s", a.Summary())}
	}
	return a, nil
}

// messages returns those errors of an answer that have the form of one.
func messages(list json.RawMessage) (all []Message) {
	var each []json.RawMessage
	_ = json.Unmarshal(list, &each)
	for _, one := range each {
		var m Message
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
