package duckdb

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// Clients implements store.Store.
func (s *Store) Clients(ctx context.Context, sc query.Scope, r day.Range) ([]store.Client, error) {
	var out []store.Client
	err := s.view(ctx, func(v *snapshot) (err error) {
		out, err = v.clients(ctx, sc, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	slices.SortFunc(out, func(a, b store.Client) int {
		return cmp.Or(strings.Compare(a.Login, b.Login), strings.Compare(a.UserID, b.UserID), strings.Compare(a.IDE, b.IDE))
	})
	return out, nil
}

// clients reads the range's sets backwards: who is met for the first time with
// an IDE is met in their last client.
func (v *snapshot) clients(ctx context.Context, sc query.Scope, r day.Range) ([]store.Client, error) {
	members, err := v.members(ctx, sc, r)
	if err != nil {
		return nil, err
	}
	db, err := v.db(ctx)
	if err != nil {
		return nil, err
	}
	known, err := v.identities(ctx, sc.Enterprise)
	if err != nil {
		return nil, err
	}
	dict := v.store.dict.Load()
	seen := map[string]*roaring.Bitmap{}
	var out []store.Client
	err = scan(ctx, db, `SELECT day - DATE '1970-01-01', cell, client, people FROM cell_people
		WHERE enterprise = ? AND day BETWEEN ? AND ? AND client <> 0 ORDER BY day DESC, client DESC`, func(row []driver.Value) error {
		d, cell, client := day.Day(row[0].(int64)), &v.cells[row[1].(int32)], dict.clientKey(row[2].(int32))
		users, err := bitmapOf(row[3].([]byte))
		if err != nil || cell.Breakdown != metric.ByIDE {
			return err
		}
		met := seen[cell.IDE]
		if met == nil {
			met = roaring.New()
			seen[cell.IDE] = met
		}
		users = roaring.AndNot(users, met)
		for it := users.Iterator(); it.HasNext(); {
			id := it.Next()
			who := known.of(int32(id))
			if who == nil {
				continue // forgotten
			}
			if members != nil && (members[d] == nil || !members[d].Contains(who.person)) {
				continue
			}
			met.Add(id)
			out = append(out, store.Client{UserID: who.userID, Login: who.login, IDE: cell.IDE, IDEVersion: client.ideVersion,
				Plugin: client.plugin, PluginVersion: client.pluginVersion, Last: d, ReportsLines: true})
		}
		return nil
	}, sc.Enterprise, r.From.Time(), r.To.Time())
	return out, err
}

// members returns who belonged to the scope's organization or team on each
// day; nil for an enterprise: everyone.
func (v *snapshot) members(ctx context.Context, sc query.Scope, r day.Range) (map[day.Day]*roaring.Bitmap, error) {
	if sc.Entity() == sc.Enterprise {
		return nil, nil
	}
	units, err := v.Units(ctx, sc.Itself(), r, metric.Totals)
	out := map[day.Day]*roaring.Bitmap{}
	for _, u := range units {
		if u.Members != nil {
			out[u.Day] = u.Members
		}
	}
	return out, err
}
