package cfapi

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A Tunnel is what Cloudflare knows of a tunnel.
type Tunnel struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	DeletedAt   *time.Time `json:"deleted_at"`
	Status      string     `json:"status"`
	Connections []struct {
		OriginIP string `json:"origin_ip"`
	} `json:"connections"`

	path string // of it below the base of the API
}

// IsWARP tells whether a WARP connector runs the tunnel, rather than cloudflared.
func (t Tunnel) IsWARP() bool { return strings.Contains(t.path, "/warp_connector/") }

// Tunnel returns a tunnel by its id: one of cloudflared, or else of a WARP
// connector, whose tokens look alike.
func (c *Caller) Tunnel(ctx context.Context, account, id string) (Tunnel, error) {
	path := "/accounts/" + url.PathEscape(account) + "/cfd_tunnel/" + url.PathEscape(id)
	t, err := c.tunnel(ctx, http.MethodGet, path, nil)
	if errors.Is(err, ErrNone) {
		t, err = c.tunnel(ctx, http.MethodGet, strings.Replace(path, "/cfd_tunnel/", "/warp_connector/", 1), nil)
	}
	return t, err
}

func (c *Caller) tunnel(ctx context.Context, method, path string, body any) (Tunnel, error) {
	a, err := c.call(ctx, method, path, body)
	switch {
	case err != nil:
		return Tunnel{}, err
	case !a.success:
		return Tunnel{}, refusal(a)
	}
	t := Tunnel{path: path}
	return t, a.decode(&t)
}

// A TunnelToken is what a connector runs a tunnel with.
type TunnelToken struct {
	Token  secret.Value
	Secret secret.Value // in it, base64
	secret []byte
}

// TunnelToken returns the present token of a tunnel.
func (c *Caller) TunnelToken(ctx context.Context, t Tunnel) (TunnelToken, error) {
	a, err := c.call(ctx, http.MethodGet, t.path+"/token", nil)
	switch {
	case err != nil:
		return TunnelToken{}, err
	case !a.success:
		return TunnelToken{}, refusal(a)
	}
	var text string
	if err := a.decode(&text); err != nil {
		return TunnelToken{}, err
	}
	s := tunnelSecret(text)
	if len(s) == 0 {
		return TunnelToken{}, errors.New("the answer holds no token of a tunnel")
	}
	return TunnelToken{secret.New([]byte(text)), secret.New([]byte(base64.StdEncoding.EncodeToString(s))), s}, nil
}

// Has tells whether a token, or the secret of a credentials file, has the secret
// that this token has, however it is written. It takes as long for any.
func (t TunnelToken) Has(v secret.Value) bool {
	s := tunnelSecret(v.Reveal())
	if s == nil {
		s = decode64(v.Reveal())
	}
	return subtle.ConstantTimeCompare(s, t.secret) == 1
}

// tunnelSecret returns the secret in the token of a tunnel, nil if it is none.
func tunnelSecret(token string) []byte {
	var in struct {
		Secret []byte `json:"s"`
	}
	if json.Unmarshal(decode64(token), &in) != nil {
		return nil
	}
	return in.Secret
}

// decode64 undoes base64 of either alphabet, with its padding or without.
func decode64(s string) []byte {
	s = strings.TrimRight(s, "=")
	if b, err := base64.RawStdEncoding.DecodeString(s); err == nil {
		return b
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// NewTunnelToken returns a token for a tunnel, with a secret of 32 random bytes.
// It works once [Caller.SetTunnelToken] has given that secret to the tunnel.
func NewTunnelToken(account, id string) secret.Value {
	var key [32]byte
	rand.Read(key[:]) // it never fails
	// Cloudflare writes the members in this order.
	text, _ := json.Marshal(struct {
		Account string `json:"a"`
		Tunnel  string `json:"t"`
		Secret  []byte `json:"s"`
	}{account, id, key[:]})
	return secret.New([]byte(base64.StdEncoding.EncodeToString(text)))
}

// SetTunnelToken gives a tunnel the secret that is in a token. Older tokens open no
// new connection; those that there are last. To do it again with the same token
// does no harm.
func (c *Caller) SetTunnelToken(ctx context.Context, t Tunnel, v secret.Value) error {
	s := tunnelSecret(v.Reveal())
	if len(s) < 32 {
		return errors.New("it is no token of a tunnel")
	}
	now, err := c.tunnel(ctx, http.MethodPatch, t.path, map[string]string{"name": t.Name, "tunnel_secret": base64.StdEncoding.EncodeToString(s)})
	if err == nil && now.ID != t.ID {
		err = errors.New("the answer is about another tunnel, or none")
	}
	return err
}

// DropConnections closes the connections of a tunnel. What made them may connect
// again, if its token is the present one.
func (c *Caller) DropConnections(ctx context.Context, t Tunnel) error {
	return c.drop(ctx, t.path+"/connections")
}

// DeleteTunnel deletes a tunnel that has no connections.
func (c *Caller) DeleteTunnel(ctx context.Context, t Tunnel) error { return c.drop(ctx, t.path) }

func (c *Caller) drop(ctx context.Context, path string) error {
	a, err := c.call(ctx, http.MethodDelete, path, struct{}{}) // the schema requires a body
	if err == nil && !a.success {
		err = refusal(a)
	}
	return err
}
