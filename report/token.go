package report

import "errors"

// Why a finding does not tell which token it is.
var (
	ErrNoID    = errors.New("the report does not have its id")
	ErrNoOwner = errors.New("the report does not say whose it is")
)

// Token returns the id of the token that f is, and of the account that owns it,
// "" if a user does: what Cloudflare is asked by, and acts by, without the secret.
// They are as the report has them, which may have been edited: who makes an
// address of them sees to their form. The error is ErrNoID or ErrNoOwner.
func (f Finding) Token() (id, account string, err error) {
	switch {
	case f.TokenID == "":
		return "", "", ErrNoID
	case f.TokenOf == OfUser:
		return f.TokenID, "", nil
	case f.TokenOf == OfAccount && f.AccountID != "":
		return f.TokenID, f.AccountID, nil
	}
	return "", "", ErrNoOwner
}
