package cfapitest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Response is a way to answer a request other than the API would. The zero
// Response is to answer as it would.
type Response struct {
	write  func(exchange)
	serves bool
}

// An exchange is a request that is answered with misbehaviour.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	served answer          // if the request was carried out
	done   <-chan struct{} // closed when the test is over
}

// AfterServing returns a Response that carries the request out before it answers
// so: the token is rolled, and who asked for it does not hear of it.
func (r Response) AfterServing() Response {
	r.serves = true
	return r
}

// Misbehave has the server ask choose for each request how to answer it. Of
// several that were given, the first that returns another than the zero Response
// decides. They are called one at a time, and may not call the server.
func (s *Server) Misbehave(choose func(*http.Request) Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, choose)
}

// MisbehaveOn has the server answer the next n requests with the given method,
// or any if it is empty, to paths that end in suffix with the Response; all of
// them if n is negative.
func (s *Server) MisbehaveOn(method, suffix string, n int, resp Response) {
	s.Misbehave(func(r *http.Request) Response {
		if n == 0 || method != "" && method != r.Method || !strings.HasSuffix(r.URL.Path, suffix) {
			return Response{}
		}
		n--
		return resp
	})
}

// MisbehaveNext has the server answer the next n requests with the Response, or
// all if n is negative.
func (s *Server) MisbehaveNext(n int, resp Response) { s.MisbehaveOn("", "", n, resp) }

// Behave ends all misbehaviour.
func (s *Server) Behave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = nil
}

// misbehaviour returns how to answer a request.
func (s *Server) misbehaviour(r *http.Request) Response {
	for _, choose := range s.hooks {
		if resp := choose(r); resp.write != nil {
			return resp
		}
	}
	return Response{}
}

// Custom returns a Response that h writes. The body of the request can be read
// again.
func Custom(h http.HandlerFunc) Response {
	return Response{write: func(x exchange) { h(x.w, x.r) }}
}

// canned returns a Response that is an answer.
func canned(a answer) Response {
	return Response{write: func(x exchange) { a.write(x.w) }}
}

// Failure returns a Response with an error of the API, in its envelope. The
// status may be 200, which happens.
func Failure(status, code int, message string) Response {
	return canned(failure(status, code, message))
}

// RateLimited returns a 429 with the headers that Cloudflare sends. The time to
// wait is sent in whole seconds, at least one.
func RateLimited(wait time.Duration) Response { return canned(tooMany(wait)) }

// tooMany is the answer to a request beyond a rate limit.
func tooMany(wait time.Duration) answer {
	seconds := max(1, int((wait+time.Second-1)/time.Second))
	a := failure(http.StatusTooManyRequests, 10013, "More than the allowed number of requests; wait and try again")
	a.header = http.Header{
		"Retry-After":      {fmt.Sprint(seconds)},
		"Ratelimit":        {fmt.Sprintf(`"default";r=0;t=%d`, seconds)},
		"Ratelimit-Policy": {`"default";q=1200;w=300`},
	}
	return a
}

// Throttled returns code 971, which comes with any status, 200 among them.
func Throttled(status int) Response {
	return Failure(status, 971, "Please wait and consider throttling your request speed")
}

// MaxAuthFailures returns what a caller gets who has tried too many bad
// credentials. It says nothing about the one at hand.
func MaxAuthFailures() Response {
	return Failure(http.StatusForbidden, 9109, "Max auth failures reached, please wait and try again")
}

// InternalError returns a 500 without an envelope.
func InternalError() Response { return Plain(http.StatusInternalServerError) }

// Unavailable returns a 503 without an envelope.
func Unavailable() Response { return Plain(http.StatusServiceUnavailable) }

// Plain returns a status with a line of text.
func Plain(status int) Response {
	return Custom(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		w.WriteHeader(status)
		fmt.Fprintf(w, "error code: %d", status)
	})
}

// HTML returns a page for people, such as the challenge of a proxy.
func HTML(status int) Response {
	return Custom(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(status)
		io.WriteString(w, "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head>"+
			"<body><h1>Checking your browser</h1></body></html>\n")
	})
}

// Redirect returns a 307 to another place, after which a client that follows
// sends the same again. [Server.Elsewhere] is a place that may not be gone to.
func Redirect(to string) Response {
	return Custom(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	})
}

// Truncated returns half a body, and then closes the connection. After serving,
// it is half of the true answer.
func Truncated() Response {
	return Response{write: func(x exchange) {
		a := x.served
		if a.body == nil {
			a = success(map[string]any{"id": strings.Repeat("0", 32), "status": "active"})
		}
		body := a.body
		a.body = body[:len(body)/2]
		x.w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		a.write(x.w)
		http.NewResponseController(x.w).Flush()
		panic(http.ErrAbortHandler)
	}}
}

// Disconnect returns nothing, and closes the connection.
func Disconnect() Response {
	return Response{write: func(exchange) { panic(http.ErrAbortHandler) }}
}

// Huge returns an envelope with a result of n bytes.
func Huge(n int64) Response {
	return Custom(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"success":true,"errors":[],"messages":[],"result":"`)
		for left, block := n, strings.Repeat("a", 64<<10); left > 0; left -= int64(len(block)) {
			block = block[:min(left, int64(len(block)))]
			if _, err := io.WriteString(w, block); err != nil {
				return
			}
		}
		io.WriteString(w, `"}`)
	})
}

// Hang returns nothing until the client goes away or the test ends.
func Hang() Response {
	return Response{write: func(x exchange) {
		select {
		case <-x.r.Context().Done():
		case <-x.done:
		}
	}}
}
