package cfapitest

import (
	"encoding/json"
	"slices"
)

// A caller is who a request is from: a token, or the Global API key of a user,
// with which token is nil.
type caller struct {
	token *Token
	user  *User // nil for a token of an account
}

// parsedPolicy is what of a policy matters for rights.
type parsedPolicy struct {
	Effect string `json:"effect"`
	Groups []struct {
		Name string `json:"name"`
	} `json:"permission_groups"`
	Resources map[string]any `json:"resources"`
}

// policies returns the token's policies.
func (t *Token) policies() []parsedPolicy {
	var all []parsedPolicy
	if b, err := json.Marshal(t.doc["policies"]); err == nil {
		json.Unmarshal(b, &all) // what is no policy gives no right
	}
	return all
}

// A resource reports whether an entry of a policy's resources covers it.
type resource func(name string, value any) bool

func (u *User) resource(name string, value any) bool {
	return value == "*" && (name == userPrefix+u.ID || name == userPrefix+"*")
}

func (a *Account) resource(name string, value any) bool {
	return value == "*" && (name == accountPrefix+a.ID || name == accountPrefix+"*")
}

func (z *Zone) resource(name string, value any) bool {
	if z.account.resource(name, value) {
		return true
	}
	if value == "*" {
		return name == zonePrefix+z.ID || name == zonePrefix+"*"
	}
	nested, _ := value.(map[string]any)
	if name != accountPrefix+z.account.ID && name != accountPrefix+"*" {
		return false
	}
	return nested[zonePrefix+z.ID] == "*" || nested[zonePrefix+"*"] == "*"
}

// named returns a function that reports whether a group's name is among names.
func named(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, name) }
}

// accountLevel reports whether a permission group lets a user token see the
// account that it is on.
func accountLevel(name string) bool {
	for _, g := range knownGroups {
		if g.Name == name {
			return slices.Contains(g.Scopes, accountScope)
		}
	}
	return true
}

// holds reports whether the policies give a group on a resource, and none denies
// it.
func (t *Token) holds(group func(name string) bool, on resource) bool {
	held := false
	for _, p := range t.policies() {
		has, covers := false, false
		for _, g := range p.Groups {
			has = has || group(g.Name)
		}
		for name, value := range p.Resources {
			covers = covers || on(name, value)
		}
		if !has || !covers {
			continue
		}
		if p.Effect == "deny" {
			return false
		}
		held = true
	}
	return held
}

// reaches reports whether the account is one that the caller's credential is
// for: its own, one that the user is a member of, or one that a policy names.
func (c caller) reaches(a *Account) bool {
	switch {
	case c.user == nil:
		return c.token.account == a
	case slices.Contains(c.user.accounts, a):
		return true
	case c.token == nil:
		return false
	}
	return c.token.names(accountPrefix + a.ID)
}

// names reports whether a policy of the token names a resource itself.
func (t *Token) names(resource string) bool {
	for _, p := range t.policies() {
		if _, ok := p.Resources[resource]; ok {
			return true
		}
	}
	return false
}

// mayUser reports whether the caller holds a group on the user.
func (c caller) mayUser(groups ...string) bool {
	return c.token == nil || c.user != nil && c.token.holds(named(groups...), c.user.resource)
}

// mayAccount reports whether the caller holds a group on the account.
func (c caller) mayAccount(a *Account, group func(string) bool) bool {
	return c.reaches(a) && (c.token == nil || c.token.holds(group, a.resource))
}

// sees reports whether the account is in the caller's list of accounts. A token
// of an account sees that one whatever its rights.
func (c caller) sees(a *Account) bool {
	return c.user == nil && c.token.account == a || c.user != nil && c.mayAccount(a, accountLevel)
}

// seesZone reports whether the zone is in the caller's list of zones.
func (c caller) seesZone(z *Zone) bool {
	if c.token == nil {
		return c.reaches(z.account)
	}
	if !c.reaches(z.account) && (c.user == nil || !c.token.names(zonePrefix+z.ID)) {
		return false
	}
	return c.token.holds(named(zoneRead), z.resource)
}

// mayZones reports whether the caller may list zones, be there any or none.
func (c caller) mayZones() bool {
	anything := func(string, any) bool { return true }
	return c.token == nil || c.token.holds(named(zoneRead), anything)
}

// manages reports whether the caller may have something to do with tokens at
// all: OAuth has no scope for it.
func (c caller) manages() bool { return c.token == nil || !c.token.oauth }
