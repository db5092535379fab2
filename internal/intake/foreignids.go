package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/sorting"
)

// foreignID is an id in the files that is not known as one of the enterprise that
// the records were placed in.
type foreignID struct {
	enterprise *directory.Entity
	id         string
	at         *found
	// holder is the other enterprise whose it is, nil if there is none, or none that who
	// imports may know of; organization says that it is an organization's id.
	holder       *directory.Entity
	organization bool
}

// checkIDs makes sure that the records are of the enterprises that they were placed
// in: the first enterprise id that comes is an enterprise's, any other one is
// refused unless the import says that it is one more. What it takes is bound.
func (p *scopeResolver) checkIDs() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	strange := p.foreignIDs()
	if p.req.Alias {
		p.alias(strange)
		return nil
	}
	var refused []foreignID
	for _, s := range strange {
		only := !slices.ContainsFunc(strange, func(o foreignID) bool { return o.enterprise == s.enterprise && o.id != s.id && !o.organization })
		if s.holder == nil && len(s.enterprise.Aliases) == 0 && only {
			p.register.bind(s.enterprise, s.id)
			continue
		}
		refused = append(refused, s)
	}
	if len(refused) == 0 {
		return nil
	}
	var list []string
	for _, s := range refused {
		list = append(list, s.String())
	}
	const most = 3
	more := ""
	if n := len(list) - most; n > 0 {
		list, more = list[:most], fmt.Sprintf("; and %s more", english.Number(n))
	}
	return fault.New(fault.Invalid, "nothing was imported: %s%s. If the enterprise has several ids, import with --alias", strings.Join(list, "; "), more)
}

// foreignIDs lists the ids, each once, in the order of the input.
func (p *scopeResolver) foreignIDs() []foreignID {
	byID := map[int64]*directory.Entity{}
	for _, e := range p.register.of(directory.Enterprise, 0) {
		byID[e.ID] = e
	}
	type key struct {
		enterprise int64
		id         string
	}
	first := map[key]foreignID{}
	for k, f := range p.places {
		e := byID[f.enterprise]
		if e == nil {
			continue
		}
		s := foreignID{enterprise: e, at: f}
		switch {
		case k.enterprise != "" && !e.Named(k.enterprise):
			s.id = k.enterprise
			s.holder = holderOf(p.others(e), k.enterprise)
		case k.enterprise == "" && k.organization != "":
			if s.holder = p.otherOwner(e, k.organization); s.holder == nil {
				continue
			}
			s.id, s.organization = k.organization, true
		default:
			continue
		}
		if old, ok := first[key{e.ID, s.id}]; !ok || f.seq < old.at.seq {
			first[key{e.ID, s.id}] = s
		}
	}
	out := make([]foreignID, 0, len(first))
	for _, s := range first {
		out = append(out, s)
	}
	sorting.Stable(out, func(a, b foreignID) int {
		return cmp.Or(cmp.Compare(a.at.seq, b.at.seq), cmp.Compare(a.id, b.id))
	})
	return out
}

// others returns the enterprises but one that who imports may know of.
func (p *scopeResolver) others(e *directory.Entity) []*directory.Entity {
	return slices.DeleteFunc(p.register.of(directory.Enterprise, 0), func(o *directory.Entity) bool { return o == e || !p.knows(o) })
}

// otherOwner returns the enterprise that has had an organization of this id before
// the import, nil if that is e, or none that who imports may know of.
func (p *scopeResolver) otherOwner(e *directory.Entity, organization string) *directory.Entity {
	holders := holdersOf(p.register.before(directory.Organization), organization)
	if len(holders) == 0 || slices.ContainsFunc(holders, func(o *directory.Entity) bool { return o.Enterprise == e.ID }) {
		return nil
	}
	for _, o := range p.others(e) {
		if o.ID == holders[0].Enterprise {
			return o
		}
	}
	return nil
}

// alias makes the ids further ones of their enterprises.
func (p *scopeResolver) alias(strange []foreignID) {
	for _, s := range strange {
		switch {
		case s.organization:
			continue
		case s.holder != nil:
			p.warn("%.60q was added as an id of enterprise %q; it is also an id of %q", s.id, s.enterprise.Key(), s.holder.Key())
		case len(s.enterprise.Aliases) > 0:
			p.warn("%.60q was added as another id of enterprise %q, which had %s", s.id, s.enterprise.Key(), english.ListAtMost(s.enterprise.Aliases, 3))
		}
		p.register.bind(s.enterprise, s.id)
	}
}

func (s foreignID) String() string {
	var b strings.Builder
	kind := directory.Enterprise
	if s.organization {
		kind = directory.Organization
	}
	fmt.Fprintf(&b, "%s: the %s id %.60q", s.at.at(), kind, s.id)
	switch has := s.enterprise.Aliases; {
	case s.holder != nil:
		fmt.Fprintf(&b, " belongs to enterprise %q, not %q", s.holder.Key(), s.enterprise.Key())
	case len(has) > 0:
		fmt.Fprintf(&b, " does not belong to enterprise %q, whose ids are %s", s.enterprise.Key(), english.ListAtMost(has, 3))
	default:
		fmt.Fprintf(&b, " is one of several ids for enterprise %q", s.enterprise.Key())
	}
	return b.String()
}
