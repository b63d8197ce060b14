package cfapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// An answer is what the fake says to one request.
type answer struct {
	status int
	body   []byte
	header http.Header // beside the content type
}

// write sends the answer.
func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.header.Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// An envelope is what Cloudflare wraps any answer in.
type envelope struct {
	Result     any         `json:"result"`
	Success    bool        `json:"success"`
	Errors     []notice    `json:"errors"`
	Messages   []any       `json:"messages"`
	ResultInfo *resultInfo `json:"result_info,omitempty"`
}

// A notice is an error of an envelope, with those that led to it.
type notice struct {
	Code       int      `json:"code"`
	Message    string   `json:"message"`
	ErrorChain []notice `json:"error_chain,omitempty"`
}

// resultInfo says which part of a list a result is.
type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

// wrap returns an answer with an envelope.
func wrap(status int, e envelope) answer {
	if e.Errors == nil {
		e.Errors = []notice{}
	}
	if e.Messages == nil {
		e.Messages = []any{}
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // nothing but what was decoded from JSON or is made here is wrapped
	}
	return answer{status: status, body: b}
}

// success returns the answer with a result.
func success(result any) answer {
	return wrap(http.StatusOK, envelope{Result: result, Success: true})
}

// failure returns the answer with an error.
func failure(status, code int, message string, chain ...notice) answer {
	return wrap(status, envelope{Errors: []notice{{code, message, chain}}})
}

// noRoute returns the answer to a path that leads nowhere, of which one with an
// unknown id is one.
func noRoute(path string) answer {
	return failure(http.StatusNotFound, 7003,
		fmt.Sprintf("Could not route to %s, perhaps your object identifier is invalid?", path))
}

// A request is one that was routed.
type request struct {
	*http.Request
	params map[string]string // from the path
	body   []byte
	caller caller
	now    time.Time
}

// A route is an operation that the fake knows.
type route struct {
	method   string
	template string // of the path, as in the OpenAPI document
	serve    func(*Server, request) answer
	beside   bool // another host than the API's, with credentials of its own
}

// verify reports whether the route is one that tells of the caller's token.
func (rt route) verify() bool { return strings.HasSuffix(rt.template, "/tokens/verify") }

// routes are in the order in which they are tried.
var routes = []route{
	{method: "GET", template: "/user", serve: (*Server).getUser},
	{method: "GET", template: "/accounts", serve: (*Server).getAccounts},
	{method: "GET", template: "/zones", serve: (*Server).getZones},

	{method: "GET", template: "/user/tokens", serve: (*Server).listTokens},
	{method: "GET", template: "/user/tokens/verify", serve: (*Server).verifyToken},
	{method: "GET", template: "/user/tokens/permission_groups", serve: (*Server).listGroups},
	{method: "GET", template: "/user/tokens/{token_id}", serve: (*Server).getToken},
	{method: "PUT", template: "/user/tokens/{token_id}", serve: (*Server).putToken},
	{method: "DELETE", template: "/user/tokens/{token_id}", serve: (*Server).deleteToken},
	{method: "PUT", template: "/user/tokens/{token_id}/value", serve: (*Server).rollToken},

	{method: "GET", template: "/accounts/{account_id}/tokens", serve: (*Server).listTokens},
	{method: "GET", template: "/accounts/{account_id}/tokens/verify", serve: (*Server).verifyToken},
	{method: "GET", template: "/accounts/{account_id}/tokens/permission_groups", serve: (*Server).listGroups},
	{method: "GET", template: "/accounts/{account_id}/tokens/{token_id}", serve: (*Server).getToken},
	{method: "PUT", template: "/accounts/{account_id}/tokens/{token_id}", serve: (*Server).putToken},
	{method: "DELETE", template: "/accounts/{account_id}/tokens/{token_id}", serve: (*Server).deleteToken},
	{method: "PUT", template: "/accounts/{account_id}/tokens/{token_id}/value", serve: (*Server).rollToken},

	{method: "GET", template: "/accounts/{account_id}/access/service_tokens", serve: (*Server).listServiceTokens},
	{method: "GET", template: "/accounts/{account_id}/access/service_tokens/{service_token_id}", serve: (*Server).getServiceToken},
	{method: "PUT", template: "/accounts/{account_id}/access/service_tokens/{service_token_id}", serve: (*Server).putServiceToken},
	{method: "DELETE", template: "/accounts/{account_id}/access/service_tokens/{service_token_id}", serve: (*Server).deleteServiceToken},
	{method: "POST", template: "/accounts/{account_id}/access/service_tokens/{service_token_id}/rotate", serve: (*Server).rotateServiceToken},

	{method: "GET", template: "/accounts/{account_id}/cfd_tunnel/{tunnel_id}", serve: (*Server).getTunnel},
	{method: "PATCH", template: "/accounts/{account_id}/cfd_tunnel/{tunnel_id}", serve: (*Server).patchTunnel},
	{method: "DELETE", template: "/accounts/{account_id}/cfd_tunnel/{tunnel_id}", serve: (*Server).deleteTunnel},
	{method: "DELETE", template: "/accounts/{account_id}/cfd_tunnel/{tunnel_id}/connections", serve: (*Server).dropConnections},
	{method: "GET", template: "/accounts/{account_id}/cfd_tunnel/{tunnel_id}/token", serve: (*Server).getTunnelToken},
	{method: "GET", template: "/accounts/{account_id}/warp_connector/{tunnel_id}", serve: (*Server).getTunnel},
	{method: "PATCH", template: "/accounts/{account_id}/warp_connector/{tunnel_id}", serve: (*Server).patchTunnel},
	{method: "DELETE", template: "/accounts/{account_id}/warp_connector/{tunnel_id}", serve: (*Server).deleteTunnel},
	{method: "GET", template: "/accounts/{account_id}/warp_connector/{tunnel_id}/token", serve: (*Server).getTunnelToken},

	{method: "GET", template: "/accounts/{account_id}/challenges/widgets", serve: (*Server).listWidgets},
	{method: "GET", template: "/accounts/{account_id}/challenges/widgets/{sitekey}", serve: (*Server).getWidget},
	{method: "POST", template: "/accounts/{account_id}/challenges/widgets/{sitekey}/rotate_secret", serve: (*Server).rotateWidget},
}

// find returns the route of a request, and the parameters in its path.
func find(method, path string) (*route, map[string]string) {
	parts := strings.Split(path, "/")
	for i := range routes {
		if rt := &routes[i]; rt.method == method {
			if params := match(strings.Split(rt.template, "/"), parts); params != nil {
				return rt, params
			}
		}
	}
	return nil, nil
}

// match returns the parameters in a path, or nil if it is not of a template.
func match(template, path []string) map[string]string {
	if len(template) != len(path) {
		return nil
	}
	params := make(map[string]string)
	for i, part := range template {
		name, isParam := strings.CutPrefix(part, "{")
		switch {
		case isParam && path[i] != "":
			params[strings.TrimSuffix(name, "}")] = path[i]
		case path[i] != part:
			return nil
		}
	}
	return params
}

// ServeHTTP answers a request to the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A body is read to its end, because the server learns only then that a
	// client has gone.
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	path, based := strings.CutPrefix(r.URL.Path, basePath)
	rt, params := find(r.Method, path)
	if !based {
		rt, params = besideOf(r)
	}
	s.check(r, rt, params, body)

	ans, misbehaviour := s.decide(r, rt, request{Request: r, params: params, body: body})
	if misbehaviour.write == nil {
		s.checkAnswer(r, rt, params, ans)
		ans.write(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	misbehaviour.write(exchange{w, r, ans, s.done})
}

// decide records a request and returns the answer to it, and how to misbehave
// instead, if at all.
func (s *Server) decide(r *http.Request, rt *route, q request) (answer, Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.now = time.Now()
	creds := presented(r.Header)
	call := s.record(r, creds, q.now)
	if s.limited(q.now) {
		call.Status = http.StatusTooManyRequests
		return tooMany(time.Second), Response{}
	}
	misbehaviour := s.misbehaviour(r)
	if misbehaviour.write != nil && !misbehaviour.serves {
		call.Misbehaved = true
		return answer{}, misbehaviour
	}
	ans := s.answer(rt, q, creds)
	call.Status, call.Misbehaved = ans.status, misbehaviour.write != nil
	return ans, misbehaviour
}

// answer returns the answer to a request.
func (s *Server) answer(rt *route, q request, creds credentials) answer {
	if rt == nil {
		return noRoute(q.URL.Path)
	}
	if rt.beside {
		return rt.serve(s, q)
	}
	caller, refusal, ok := s.caller(creds, rt.verify(), q.now)
	if !ok {
		return refusal
	}
	q.caller = caller
	return rt.serve(s, q)
}
