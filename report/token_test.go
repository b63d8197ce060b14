package report

import (
	"errors"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	id, account := strings.Repeat("1", 32), strings.Repeat("a", 32)
	tests := []struct {
		name        string
		in          Finding
		id, account string
		err         error
	}{
		{"a user's", Finding{TokenID: id, TokenOf: OfUser, AccountID: account}, id, "", nil},
		{"an account's", Finding{TokenID: id, TokenOf: OfAccount, AccountID: account}, id, account, nil},
		{"no id", Finding{TokenOf: OfUser}, "", "", ErrNoID},
		{"nobody's", Finding{TokenID: id, AccountID: account}, "", "", ErrNoOwner},
		{"an account's that is not said", Finding{TokenID: id, TokenOf: OfAccount}, "", "", ErrNoOwner},
		{"another's", Finding{TokenID: id, TokenOf: "zone", AccountID: account}, "", "", ErrNoOwner},
	}
	for _, tt := range tests {
		id, account, err := tt.in.Token()
		if id != tt.id || account != tt.account || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q of %q, error %v", tt.name, id, account, err)
		}
	}
}
