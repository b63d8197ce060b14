package cfapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A ServiceToken is what Cloudflare knows of a service token of Access. It shows
// the client secret to nobody.
type ServiceToken struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	ClientID  string     `json:"client_id"`
	Enabled   *bool      `json:"enabled"` // nil if it is not said
	ExpiresAt *time.Time `json:"expires_at"`
	LastSeen  *time.Time `json:"last_seen_at"`
	UpdatedAt *time.Time `json:"updated_at"`
}

// Is tells whether a client id, or the beginning of one that ends in ".access", is
// the service token's.
func (t ServiceToken) Is(clientID string) bool {
	return clientID != "" && (t.ClientID == clientID || strings.HasPrefix(t.ClientID, clientID+"."))
}

// Status returns whether the service token is in force.
func (t ServiceToken) Status() secret.Status {
	switch {
	case t.Enabled != nil && !*t.Enabled:
		return secret.Disabled
	case t.ExpiresAt != nil && t.ExpiresAt.Before(time.Now()):
		return secret.Expired
	}
	return secret.Active
}

func serviceTokens(account string) string {
	return "/accounts/" + url.PathEscape(account) + "/access/service_tokens"
}

// ServiceTokens lists the service tokens of an account.
func (c *Caller) ServiceTokens(ctx context.Context, account string) ([]ServiceToken, error) {
	return list[ServiceToken](ctx, c, serviceTokens(account))
}

// RotateServiceToken gives a service token a new client secret and returns it. The
// old one is dead at once. If there is an error that is no refusal, it may have
// been rotated all the same, to a secret that nobody knows.
func (c *Caller) RotateServiceToken(ctx context.Context, account, id string) (secret.Value, error) {
	a, err := c.call(ctx, http.MethodPost, serviceTokens(account)+"/"+url.PathEscape(id)+"/rotate", nil)
	switch {
	case err != nil:
		return secret.Value{}, err
	case !a.success:
		return secret.Value{}, refusal(a)
	}
	var r struct {
		Secret string `json:"client_secret"`
	}
	if err := a.decode(&r); err != nil || r.Secret == "" {
		return secret.Value{}, errors.New("the answer to the rotation holds no client secret")
	}
	return secret.New([]byte(r.Secret)), nil
}

// DisableServiceToken disables a service token, its secret in a grace period
// included. Its name and duration are sent back as they have just been read.
func (c *Caller) DisableServiceToken(ctx context.Context, account, id string) error {
	path := serviceTokens(account) + "/" + url.PathEscape(id)
	a, err := c.call(ctx, http.MethodGet, path, nil)
	switch {
	case err != nil:
		return err
	case !a.success:
		return refusal(a)
	}
	var now map[string]json.RawMessage
	if err := a.decode(&now); err != nil {
		return err
	}
	whole := map[string]json.RawMessage{"enabled": json.RawMessage("false")}
	for _, field := range []string{"name", "duration"} {
		if v, ok := now[field]; ok {
			whole[field] = v
		}
	}
	if a, err = c.call(ctx, http.MethodPut, path, whole); err != nil {
		return err
	}
	if !a.success {
		return refusal(a)
	}
	var t ServiceToken
	if err := a.decode(&t); err != nil {
		return err
	}
	if t.Enabled == nil || *t.Enabled {
		return errors.New("it was accepted, and the answer does not say that the service token is disabled")
	}
	return nil
}

// DeleteServiceToken deletes a service token.
func (c *Caller) DeleteServiceToken(ctx context.Context, account, id string) error {
	a, err := c.call(ctx, http.MethodDelete, serviceTokens(account)+"/"+url.PathEscape(id), nil)
	if err == nil && !a.success {
		err = refusal(a)
	}
	return err
}

// ErrNone tells that there is nothing of that id, as far as the credential of a
// caller can see.
var ErrNone = errors.New("there is nothing of that id for this credential")

// ErrPartial tells that a list has more than could be asked for.
var ErrPartial = errors.New("the list is longer than could be read")

// refusal is refused for what is no token.
func refusal(a answer) error {
	err := refused(a)
	if errors.Is(err, ErrNoToken) {
		return fmt.Errorf("%w (%s)", ErrNone, a.summary())
	}
	return err
}

// list returns a list, page by page. With ErrPartial it returns what it has.
func list[T any](ctx context.Context, c *Caller, path string) ([]T, error) {
	var all []T
	for page := 1; ; page++ {
		query := ""
		if page > 1 {
			query = fmt.Sprintf("?page=%d", page)
		}
		a, err := c.call(ctx, http.MethodGet, path+query, nil)
		switch {
		case errors.Is(err, ErrSpent) && page > 1:
			return all, ErrPartial
		case err != nil:
			return nil, err
		case !a.success:
			return nil, refusal(a)
		}
		var some []T
		if err := a.decode(&some); err != nil {
			return nil, err
		}
		all = append(all, some...)
		if page >= a.pages || len(some) == 0 {
			return all, nil
		}
	}
}
