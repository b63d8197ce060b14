package cfapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/leakflare/leakflare/detectors/secret"
)

// VerifyTurnstile asks Turnstile to redeem, with a secret key, an answer that no
// widget has given. Nothing is redeemed, and what is said to be wrong, the key or
// the answer, tells whether the key is one.
//
// The codes are those of
// https://developers.cloudflare.com/turnstile/get-started/server-side-validation/;
// that the key is looked at first follows from them.
func (c *Caller) VerifyTurnstile(ctx context.Context, key secret.Value) Verdict {
	form := url.Values{"secret": {key.Reveal()}, "response": {"leakflare asks whether the secret is known"}}
	a, err := c.make(ctx, request{
		method: http.MethodPost, url: c.client.at(turnstileHost) + "/turnstile/v0/siteverify", harmless: true, read: readPlain,
		body: []byte(form.Encode()), kind: "application/x-www-form-urlencoded",
		sign: func(*http.Request) error { return nil }, // it is in the body
	})
	if err != nil {
		return Unsure(err)
	}
	var said struct {
		Success *bool    `json:"success"`
		Codes   []string `json:"error-codes"`
	}
	if json.Unmarshal(a.raw, &said) != nil || said.Success == nil {
		return Verdict{Status: secret.Unknown, Detail: fmt.Sprintf("the answer is not Turnstile's (HTTP %d)", a.status)}
	}
	switch {
	case slices.Contains(said.Codes, "invalid-input-secret"):
		return Verdict{Status: secret.Invalid}
	case slices.Contains(said.Codes, "invalid-input-response"):
		return Verdict{Status: secret.Active}
	case *said.Success:
		return Verdict{Status: secret.Active, Detail: "it accepts any answer, as keys for tests do"}
	}
	return Verdict{Status: secret.Unknown, Detail: fmt.Sprintf("Turnstile's answer does not tell (HTTP %d, %.60q)", a.status, said.Codes)}
}

// A Widget is a Turnstile widget of an account.
type Widget struct {
	SiteKey string // which is public
	Name    string
	Domains []string
	Secret  secret.Value // its secret key; empty in lists
}

type widget struct {
	SiteKey string   `json:"sitekey"`
	Name    string   `json:"name"`
	Domains []string `json:"domains"`
	Secret  string   `json:"secret"`
}

func (w widget) widget() Widget {
	return Widget{SiteKey: w.SiteKey, Name: w.Name, Domains: w.Domains, Secret: secret.New([]byte(w.Secret))}
}

func widgetPath(account, siteKey string) string {
	return "/accounts/" + url.PathEscape(account) + "/challenges/widgets/" + url.PathEscape(siteKey)
}

// Widgets lists the Turnstile widgets of an account, without their secret keys.
func (c *Caller) Widgets(ctx context.Context, account string) ([]Widget, error) {
	all, err := list[widget](ctx, c, "/accounts/"+url.PathEscape(account)+"/challenges/widgets")
	var found []Widget
	for _, w := range all {
		found = append(found, w.widget())
	}
	return found, err
}

// Widget returns a Turnstile widget with its secret key.
func (c *Caller) Widget(ctx context.Context, account, siteKey string) (Widget, error) {
	return c.widget(ctx, http.MethodGet, widgetPath(account, siteKey), nil)
}

// RotateWidget gives a Turnstile widget a new secret key and returns it with that.
// The old one is dead at once. If there is an error that is no refusal, it may
// have been rotated all the same.
func (c *Caller) RotateWidget(ctx context.Context, account, siteKey string) (Widget, error) {
	return c.widget(ctx, http.MethodPost, widgetPath(account, siteKey)+"/rotate_secret", map[string]bool{"invalidate_immediately": true})
}

func (c *Caller) widget(ctx context.Context, method, path string, body any) (Widget, error) {
	a, err := c.call(ctx, method, path, body)
	switch {
	case err != nil:
		return Widget{}, err
	case !a.success:
		return Widget{}, refusal(a)
	}
	var w widget
	if err := a.decode(&w); err != nil {
		return Widget{}, err
	}
	if w.Secret == "" {
		return Widget{}, errors.New("the answer holds no secret key")
	}
	return w.widget(), nil
}
