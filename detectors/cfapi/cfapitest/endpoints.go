package cfapitest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// since is when users, accounts and zones were made.
var since = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)

// getUser answers GET /user.
func (s *Server) getUser(q request) answer {
	if q.caller.user == nil {
		return accountOwned
	}
	if !q.caller.mayUser(userDetailsRead) {
		return unauthorized
	}
	u := q.caller.user
	organizations := []any{}
	for _, a := range u.accounts {
		organizations = append(organizations, map[string]any{"id": a.ID, "name": a.Name, "status": "member"})
	}
	return success(map[string]any{
		"id":                                u.ID,
		"email":                             u.Email,
		"first_name":                        nil,
		"last_name":                         nil,
		"suspended":                         u.suspended,
		"two_factor_authentication_enabled": true,
		"organizations":                     organizations,
		"created_on":                        since,
		"modified_on":                       since,
	})
}

// getAccounts answers GET /accounts.
func (s *Server) getAccounts(q request) answer {
	name := q.URL.Query().Get("name")
	list := []any{}
	for _, a := range s.accounts {
		if q.caller.sees(a) && (name == "" || name == a.Name) {
			list = append(list, map[string]any{
				"id":         a.ID,
				"name":       a.Name,
				"type":       "standard",
				"settings":   map[string]any{"enforce_twofactor": false},
				"created_on": since,
			})
		}
	}
	return q.page(list)
}

// getZones answers GET /zones.
func (s *Server) getZones(q request) answer {
	if !q.caller.mayZones() {
		return unauthorized
	}
	query := q.URL.Query()
	name, account := query.Get("name"), query.Get("account.id")
	list := []any{}
	for _, z := range s.zones {
		if q.caller.seesZone(z) && (name == "" || name == z.Name) && (account == "" || account == z.account.ID) {
			list = append(list, z.document())
		}
	}
	return q.page(list)
}

// document returns a zone as the API shows it.
func (z *Zone) document() map[string]any {
	return map[string]any{
		"id":                    z.ID,
		"name":                  z.Name,
		"status":                "active",
		"development_mode":      0,
		"owner":                 map[string]any{"id": z.account.ID, "type": "organization", "name": z.account.Name},
		"account":               map[string]any{"id": z.account.ID, "name": z.account.Name},
		"meta":                  map[string]any{"step": 2, "page_rule_quota": 3},
		"name_servers":          []string{"ada.ns.example.com", "bob.ns.example.com"},
		"original_name_servers": nil,
		"original_registrar":    nil,
		"original_dnshost":      nil,
		"created_on":            since,
		"modified_on":           since,
		"activated_on":          since,
	}
}

// page answers with the part of a list that the query asks for. What Cloudflare
// answers to a page of less than five is not known; the OpenAPI document does
// not allow to ask, and so neither does the test.
func (q request) page(list []any) answer {
	query := q.URL.Query()
	page, perPage := number(query.Get("page"), 1), number(query.Get("per_page"), 20)
	if page < 1 || perPage < 5 {
		return failure(http.StatusBadRequest, 1001, "Invalid page or per_page")
	}
	if query.Get("direction") == "desc" {
		slices.Reverse(list)
	}
	from := min((page-1)*perPage, len(list))
	part := list[from:min(from+perPage, len(list))]
	return wrap(http.StatusOK, envelope{Result: part, Success: true, ResultInfo: &resultInfo{
		Page:       page,
		PerPage:    perPage,
		Count:      len(part),
		TotalCount: len(list),
		TotalPages: (len(list) + perPage - 1) / perPage,
	}})
}

// number returns a number of a query, def if there is none, and 0 if it is none.
func number(s string, def int) int {
	if s == "" {
		return def
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > 1e6 {
		return 0
	}
	return n
}

// verifyToken answers GET …/tokens/verify. Neither verifier knows a token of the
// other kind. That the one of an account answers in the same way to a token of
// another account is not known.
func (s *Server) verifyToken(q request) answer {
	t := q.caller.token
	id, forAccount := q.params["account_id"]
	switch {
	case t.oauth, forAccount != (t.account != nil), forAccount && t.account.ID != id:
		return invalidToken
	case forAccount && t.excluded && s.filterAll:
		return filtered
	}
	result := map[string]any{"id": t.ID, "status": t.status()}
	for _, field := range []string{"expires_on", "not_before"} {
		if v, ok := t.doc[field]; ok {
			result[field] = v
		}
	}
	message := "This API Token is valid and active"
	if t.status() != "active" {
		message = "This API Token is " + t.status()
	}
	return wrap(http.StatusOK, envelope{Result: result, Success: true, Messages: []any{
		map[string]any{"code": 10000, "message": message, "type": nil},
	}})
}

// An owner is whose tokens a request is about: a user's or an account's.
type owner struct {
	user    *User
	account *Account
}

// owner returns whose tokens the request is about, if the caller holds one of
// two permission groups there, the first on users and the second on accounts,
// or what to answer instead.
func (s *Server) owner(q request, userGroups, accountGroups []string) (owner, answer, bool) {
	id, forAccount := q.params["account_id"]
	if !forAccount {
		switch {
		case q.caller.user == nil:
			return owner{}, accountOwned, false
		case !q.caller.manages(), !q.caller.mayUser(userGroups...):
			return owner{}, unauthorized, false
		}
		return owner{user: q.caller.user}, answer{}, true
	}
	for _, a := range s.accounts {
		if a.ID != id || !q.caller.reaches(a) {
			continue
		}
		if !q.caller.manages() || !q.caller.mayAccount(a, named(accountGroups...)) {
			return owner{}, unauthorized, false
		}
		return owner{account: a}, answer{}, true
	}
	return owner{}, otherAccount, false
}

// reading is owner for a request that changes nothing.
func (s *Server) reading(q request) (owner, answer, bool) {
	return s.owner(q, []string{tokensRead, tokensWrite}, []string{accountTokensRead, accountTokensWrite})
}

// has reports whether a token is one of the owner's that can be managed.
func (o owner) has(t *Token) bool {
	return !t.deleted && !t.oauth && t.user == o.user && t.account == o.account
}

// listTokens answers GET …/tokens.
func (s *Server) listTokens(q request) answer {
	o, refusal, ok := s.reading(q)
	if !ok {
		return refusal
	}
	list := []any{}
	for _, t := range s.tokens {
		if o.has(t) {
			list = append(list, t.doc)
		}
	}
	return q.page(list)
}

// listGroups answers GET …/tokens/permission_groups, all at once.
func (s *Server) listGroups(q request) answer {
	o, refusal, ok := s.reading(q)
	if !ok {
		return refusal
	}
	list := []any{}
	for _, g := range s.groups {
		if o.user != nil || !slices.Contains(g.Scopes, userScope) {
			list = append(list, g)
		}
	}
	return success(list)
}

// token returns the token that the path names, or what to answer instead.
func (s *Server) token(q request, o owner) (*Token, answer, bool) {
	for _, t := range s.tokens {
		if t.ID == q.params["token_id"] && o.has(t) {
			return t, answer{}, true
		}
	}
	return nil, noRoute(q.URL.Path), false
}

// change answers a request that changes the token that the path names.
func (s *Server) change(q request, f func(t *Token) answer) answer {
	o, refusal, ok := s.owner(q, []string{tokensWrite}, []string{accountTokensWrite})
	if !ok {
		return refusal
	}
	t, refusal, ok := s.token(q, o)
	if !ok {
		return refusal
	}
	return f(t)
}

// getToken answers GET …/tokens/{token_id}.
func (s *Server) getToken(q request) answer {
	o, refusal, ok := s.reading(q)
	if !ok {
		return refusal
	}
	t, refusal, ok := s.token(q, o)
	if !ok {
		return refusal
	}
	return success(t.doc)
}

// putToken answers PUT …/tokens/{token_id}. The codes for a body that is wrong
// are made up; the OpenAPI document does not allow to send one.
func (s *Server) putToken(q request) answer {
	return s.change(q, func(t *Token) answer {
		var body map[string]any
		if err := json.Unmarshal(q.body, &body); err != nil {
			return failure(http.StatusBadRequest, 6007, "Malformed JSON in request body")
		}
		if wrong := t.replace(body, q.now); wrong != "" {
			return failure(http.StatusBadRequest, 1001, "Invalid token: "+wrong)
		}
		return success(t.doc)
	})
}

// rollToken answers PUT …/tokens/{token_id}/value: the result is the new value,
// and nothing else ever shows it.
func (s *Server) rollToken(q request) answer {
	return s.change(q, func(t *Token) answer { return success(t.roll(q.now)) })
}

// deleteToken answers DELETE …/tokens/{token_id}.
func (s *Server) deleteToken(q request) answer {
	return s.change(q, func(t *Token) answer {
		t.deleted = true
		return success(map[string]any{"id": t.ID})
	})
}
