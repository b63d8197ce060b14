package cfapitest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/leakflare/leakflare/testdata/mint"
)

// A ServiceToken is one of Access. What it answers beyond the OpenAPI document of
// 2024, enabled and expires_at, is as
// https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/
// describes it.
type ServiceToken struct {
	ID, ClientID string

	s         *Server
	account   *Account
	secret    string
	doc       map[string]any // as it is shown, which the secret never is
	rotations int
	deleted   bool
}

// AddServiceToken adds a service token that is enabled, with a secret in the
// current format.
func (a *Account) AddServiceToken(name string) *ServiceToken {
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &ServiceToken{ID: mint.UUID(s.seed()), ClientID: s.mintID() + ".access", s: s, account: a, secret: s.mintPrefixed("cfast_")}
	t.doc = map[string]any{
		"id": t.ID, "name": name, "client_id": t.ClientID, "duration": "8760h", "enabled": true,
		"created_at": since, "updated_at": since, "expires_at": "2100-01-01T00:00:00Z",
	}
	s.services = append(s.services, t)
	return t
}

// Secret returns the present client secret.
func (t *ServiceToken) Secret() string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.secret
}

// Rotations returns how often it was rotated.
func (t *ServiceToken) Rotations() int {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.rotations
}

// Document returns the service token as a GET shows it, nil if it is deleted.
func (t *ServiceToken) Document() map[string]any {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if t.deleted {
		return nil
	}
	return clone(t.doc)
}

// Set changes a field of the service token, not through the API.
func (t *ServiceToken) Set(field string, value any) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.doc[field] = value
}

// Names of the permission groups that it takes.
const (
	serviceTokensRead  = "Access: Service Tokens Read"
	serviceTokensWrite = "Access: Service Tokens Write"
	tunnelRead         = "Cloudflare Tunnel Read"
	tunnelWrite        = "Cloudflare Tunnel Write"
	turnstileRead      = "Turnstile Sites Read"
	turnstileWrite     = "Turnstile Sites Write"
	r2Read             = "Workers R2 Storage Read"
	r2Write            = "Workers R2 Storage Write"
)

// within calls f with the account of the path, if the caller holds one of groups
// on it.
func (s *Server) within(q request, f func(*Account) answer, groups ...string) answer {
	for _, a := range s.accounts {
		switch {
		case a.ID != q.params["account_id"] || !q.caller.reaches(a):
		case !q.caller.mayAccount(a, named(groups...)):
			return failure(http.StatusForbidden, 10000, "Authentication error")
		default:
			return f(a)
		}
	}
	return otherAccount
}

func (s *Server) listServiceTokens(q request) answer {
	return s.within(q, func(a *Account) answer {
		all := []any{}
		for _, t := range s.services {
			if t.account == a && !t.deleted {
				all = append(all, t.doc)
			}
		}
		return q.page(all)
	}, serviceTokensRead, serviceTokensWrite)
}

// service calls f with the service token of the path. What Cloudflare answers to
// an id that it does not know is not known.
func (s *Server) service(q request, f func(*ServiceToken) answer, groups ...string) answer {
	return s.within(q, func(a *Account) answer {
		for _, t := range s.services {
			if t.account == a && t.ID == q.params["service_token_id"] && !t.deleted {
				return f(t)
			}
		}
		return failure(http.StatusNotFound, 12109, "access.api.error.service_token_not_found")
	}, groups...)
}

func (s *Server) getServiceToken(q request) answer {
	return s.service(q, func(t *ServiceToken) answer { return success(t.doc) }, serviceTokensRead, serviceTokensWrite)
}

func (s *Server) putServiceToken(q request) answer {
	return s.service(q, func(t *ServiceToken) answer {
		var body map[string]any
		if json.Unmarshal(q.body, &body) != nil {
			return failure(http.StatusBadRequest, 6007, "Malformed JSON in request body")
		}
		for _, field := range []string{"name", "duration", "enabled"} {
			if v, ok := body[field]; ok {
				t.doc[field] = v
			}
		}
		setTime(t.doc, "updated_at", q.now)
		return success(t.doc)
	}, serviceTokensWrite)
}

func (s *Server) deleteServiceToken(q request) answer {
	return s.service(q, func(t *ServiceToken) answer {
		t.deleted = true
		return success(t.doc)
	}, serviceTokensWrite)
}

// rotateServiceToken answers with the new secret, which nothing else ever shows.
func (s *Server) rotateServiceToken(q request) answer {
	return s.service(q, func(t *ServiceToken) answer {
		t.secret = s.mintPrefixed("cfast_")
		t.rotations++
		setTime(t.doc, "updated_at", q.now)
		shown := clone(t.doc)
		shown["client_secret"] = t.secret
		return success(shown)
	}, serviceTokensWrite)
}

// A Tunnel is one of cloudflared, or of a WARP connector.
type Tunnel struct {
	ID string

	s         *Server
	account   *Account
	warp      bool
	name      string
	secret    string // base64
	changes   int
	connected int
	deleted   time.Time
}

// AddTunnel adds a tunnel with two connections.
func (a *Account) AddTunnel(name string) *Tunnel { return a.addTunnel(name, false) }

// AddWARPConnector adds a tunnel of a WARP connector.
func (a *Account) AddWARPConnector(name string) *Tunnel { return a.addTunnel(name, true) }

func (a *Account) addTunnel(name string, warp bool) *Tunnel {
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Tunnel{ID: mint.UUID(s.seed()), s: s, account: a, warp: warp, name: name, secret: s.keep(mint.TunnelSecret(s.seed())), connected: 2}
	s.keep(t.token())
	s.tunnels = append(s.tunnels, t)
	return t
}

func (t *Tunnel) token() string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"a":"%s","t":"%s","s":"%s"}`, t.account.ID, t.ID, t.secret))
}

// Token returns the present token.
func (t *Tunnel) Token() string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.token()
}

// Secret returns the secret in the present token.
func (t *Tunnel) Secret() string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.secret
}

// Changes returns how often its secret was changed through the API.
func (t *Tunnel) Changes() int {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.changes
}

// Connections returns how many connections there are.
func (t *Tunnel) Connections() int {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.connected
}

// Rotate gives the tunnel another secret, not through the API.
func (t *Tunnel) Rotate() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.secret = t.s.keep(mint.TunnelSecret(t.s.seed()))
}

// Delete deletes the tunnel, not through the API. It can be read nevertheless.
func (t *Tunnel) Delete() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.deleted = time.Now()
}

// IsDeleted reports whether the tunnel is deleted.
func (t *Tunnel) IsDeleted() bool {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return !t.deleted.IsZero()
}

func (t *Tunnel) document() map[string]any {
	doc := map[string]any{
		"id": t.ID, "account_tag": t.account.ID, "name": t.name, "status": "healthy", "tun_type": "cfd_tunnel",
		"created_at": since, "connections": []any{}, "metadata": map[string]any{},
	}
	if t.warp {
		doc["tun_type"] = "warp_connector"
	}
	if !t.deleted.IsZero() {
		setTime(doc, "deleted_at", t.deleted)
	}
	for i := range t.connected {
		doc["connections"] = append(doc["connections"].([]any), map[string]any{
			"id": mint.UUID(fmt.Sprint(t.ID, i)), "origin_ip": "198.51.100.7", "colo_name": "AMS",
		})
	}
	return doc
}

// tunnel calls f with the tunnel of the path.
func (s *Server) tunnel(q request, f func(*Tunnel) answer, groups ...string) answer {
	return s.within(q, func(a *Account) answer {
		for _, t := range s.tunnels {
			if t.account == a && t.ID == q.params["tunnel_id"] && t.warp == strings.Contains(q.URL.Path, "/warp_connector/") {
				return f(t)
			}
		}
		return failure(http.StatusNotFound, 1001, "Tunnel not found")
	}, groups...)
}

func (s *Server) getTunnel(q request) answer {
	return s.tunnel(q, func(t *Tunnel) answer { return success(t.document()) }, tunnelRead, tunnelWrite)
}

// getTunnelToken needs the right to write:
// https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/remote-tunnel-permissions/.
func (s *Server) getTunnelToken(q request) answer {
	return s.tunnel(q, func(t *Tunnel) answer { return success(t.token()) }, tunnelWrite)
}

func (s *Server) patchTunnel(q request) answer {
	return s.tunnel(q, func(t *Tunnel) answer {
		var body struct {
			Name   string `json:"name"`
			Secret string `json:"tunnel_secret"`
		}
		raw, err := []byte(nil), json.Unmarshal(q.body, &body)
		if err == nil && body.Secret != "" {
			raw, err = base64.StdEncoding.DecodeString(body.Secret)
		}
		if err != nil || body.Secret != "" && len(raw) < 32 {
			return failure(http.StatusBadRequest, 1002, "The tunnel secret is invalid")
		}
		if body.Name != "" {
			t.name = body.Name
		}
		if body.Secret != "" {
			t.secret = s.keep(body.Secret)
			s.keep(t.token())
			t.changes++
		}
		return success(t.document())
	}, tunnelWrite)
}

func (s *Server) dropConnections(q request) answer {
	return s.tunnel(q, func(t *Tunnel) answer {
		t.connected = 0
		return success(map[string]any{})
	}, tunnelWrite)
}

// deleteTunnel answers DELETE of a tunnel, which must have no connections. Of a WARP
// connector there is no call that drops them, and what is answered is not known.
func (s *Server) deleteTunnel(q request) answer {
	return s.tunnel(q, func(t *Tunnel) answer {
		if t.connected > 0 && !t.warp {
			return failure(http.StatusBadRequest, 1022, "Cannot delete tunnel because it has active connections")
		}
		t.deleted = q.now
		return success(t.document())
	}, tunnelWrite)
}

// A Widget is one of Turnstile.
type Widget struct {
	SiteKey string

	s         *Server
	account   *Account
	secret    string
	name      string
	rotations int
}

// AddWidget adds a widget.
func (a *Account) AddWidget(name string) *Widget {
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	secret := s.keep(mint.Turnstile(s.seed()))
	w := &Widget{SiteKey: "0x4AAAAAAA" + mint.Hex(s.seed(), 14), s: s, account: a, secret: secret, name: name}
	s.widgets = append(s.widgets, w)
	return w
}

// Secret returns the present secret key.
func (w *Widget) Secret() string {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.secret
}

// Rotations returns how often the secret key was rotated through the API.
func (w *Widget) Rotations() int {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.rotations
}

// Rotate gives the widget another secret key, not through the API.
func (w *Widget) Rotate() {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.secret = w.s.keep(mint.Turnstile(w.s.seed()))
}

// document returns the widget as it is shown, in lists without its secret key.
func (w *Widget) document(whole bool) map[string]any {
	doc := map[string]any{
		"sitekey": w.SiteKey, "name": w.name, "domains": []any{"example.com"}, "mode": "managed", "region": "world",
		"bot_fight_mode": false, "offlabel": false, "clearance_level": "no_clearance", "created_on": since, "modified_on": since,
	}
	if whole {
		doc["secret"] = w.secret
	}
	return doc
}

func (s *Server) listWidgets(q request) answer {
	return s.within(q, func(a *Account) answer {
		all := []any{}
		for _, w := range s.widgets {
			if w.account == a {
				all = append(all, w.document(false))
			}
		}
		return q.page(all)
	}, turnstileRead, turnstileWrite)
}

func (s *Server) widget(q request, f func(*Widget) answer, groups ...string) answer {
	return s.within(q, func(a *Account) answer {
		for _, w := range s.widgets {
			if w.account == a && w.SiteKey == q.params["sitekey"] {
				return f(w)
			}
		}
		return failure(http.StatusNotFound, 10404, "not_found")
	}, groups...)
}

func (s *Server) getWidget(q request) answer {
	return s.widget(q, func(w *Widget) answer { return success(w.document(true)) }, turnstileRead, turnstileWrite)
}

func (s *Server) rotateWidget(q request) answer {
	return s.widget(q, func(w *Widget) answer {
		var body struct {
			Now bool `json:"invalidate_immediately"`
		}
		if json.Unmarshal(q.body, &body) != nil || !body.Now {
			return failure(http.StatusBadRequest, 10400, "the fake has no grace period")
		}
		w.secret = s.keep(mint.Turnstile(s.seed()))
		w.rotations++
		return success(w.document(true))
	}, turnstileWrite)
}
