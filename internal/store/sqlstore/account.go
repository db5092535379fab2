package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"sync"

	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/store"
)

// accountKey names an account within an enterprise.
type accountKey struct{ namespace, userID string }

// account is who a tool says somebody is. person is the first account of the person
// it belongs to, linked that person's number in the directory or 0, seen when the record
// was that the login is from, former the other logins that records have, in lower case
// and sorted.
type account struct {
	accountKey
	login  string
	seen   sighting
	former []string
	person int32
	linked int64
}

// sighting orders the records that have a login: by version, then by day.
type sighting struct {
	version int64
	day     day.Day
}

func (s sighting) before(o sighting) bool {
	return s.version < o.version || s.version == o.version && s.day < o.day
}

// erased reports whether whoever had the account was erased.
func (a *account) erased() bool { return a.userID == "" }

// Accounts are stored in blocks of one bucket each, as rows of user-days are:
//
//	form, number of accounts, then packed for each: namespace, user id, login (texts
//	after their lengths), version and day seen, person, linked, number of former logins
//	(varints), former logins
//	CRC-32C of all that, four bytes
//
// The accounts of a bucket follow one another from its first number.
const accountForm = 1

// encodeAccounts writes a bucket's accounts.
func encodeAccounts(list []account) []byte {
	var all []byte
	for i := range list {
		a := &list[i]
		for _, s := range []string{a.namespace, a.userID, a.login} {
			all = cube.AppendText(all, s)
		}
		for _, n := range []int64{a.seen.version, int64(a.seen.day), int64(a.person), a.linked, int64(len(a.former))} {
			all = binary.AppendVarint(all, n)
		}
		for _, s := range a.former {
			all = cube.AppendText(all, s)
		}
	}
	b := packer.EncodeAll(all, binary.AppendUvarint([]byte{accountForm}, uint64(len(list))))
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeAccounts reads what encodeAccounts wrote.
func decodeAccounts(b []byte) ([]account, error) {
	if len(b) < 5 || crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return nil, errDamaged
	}
	in := cube.NewReader(b[:len(b)-4])
	form, n := in.Byte(), in.Uvarint()
	if form != accountForm || n > bucketAccounts {
		return nil, errDamaged
	}
	all, err := unpacker.DecodeAll(in.Rest(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	in = cube.NewReader(all)
	texts := string(all) // which all of them share
	text := func() string {
		n := len(in.Text())
		end := len(all) - len(in.Rest())
		return texts[end-n : end]
	}
	list := make([]account, n)
	for i := range list {
		a := &list[i]
		a.namespace, a.userID, a.login = text(), text(), text()
		a.seen = sighting{in.Varint(), day.Day(in.Varint())}
		a.person, a.linked = int32(in.Varint()), in.Varint()
		for n := in.Varint(); n > 0 && !in.Bad; n-- {
			a.former = append(a.former, text())
		}
	}
	return list, in.End()
}

// eachAccounts yields the accounts of buckets that a condition selects, with the number
// of the first.
func eachAccounts(ctx context.Context, q database.Querier, enterprise int64, yield func(first int32, list []account) error, where string, args ...any) error {
	return database.Each(ctx, q, func(rows *sql.Rows) error {
		var bucket int32
		var body sql.RawBytes
		if err := rows.Scan(&bucket, &body); err != nil {
			return err
		}
		list, err := decodeAccounts(body)
		if err != nil {
			return fmt.Errorf("accounts, bucket %d: %w", bucket, err)
		}
		return yield(bucket*bucketAccounts, list)
	}, `SELECT bucket, body FROM account_block WHERE enterprise = ? AND `+where+` ORDER BY bucket`, append([]any{enterprise}, args...)...)
}

// accounts are an enterprise's, by number. Number 0 is nobody's.
type accounts struct {
	revision int64
	list     []account
	// ids are for who changes data.
	ids map[accountKey]int32
	// shared returns the logins that several have; see store.SharedLogins.
	shared func() map[string]bool
}

// readAccounts returns the accounts as of a revision, which is the transaction's.
func readAccounts(ctx context.Context, q database.Querier, enterprise, revision int64) (*accounts, error) {
	a := &accounts{list: make([]account, 1)}
	a.shared = sync.OnceValue(func() map[string]bool {
		return store.SharedLogins(func(yield func(store.Identity) bool) {
			for _, who := range a.all() {
				if !yield(who.identity()) {
					return
				}
			}
		})
	})
	if err := a.refresh(ctx, q, enterprise, revision); err != nil {
		return nil, err
	}
	return a, nil
}

// refresh reads what changed up to a revision.
func (a *accounts) refresh(ctx context.Context, q database.Querier, enterprise, revision int64) error {
	err := eachAccounts(ctx, q, enterprise, func(first int32, list []account) error {
		if int(first) > len(a.list) {
			return fmt.Errorf("%w: accounts %d to %d are missing", errDamaged, len(a.list), first-1)
		}
		if end := int(first) + len(list); end > cap(a.list) {
			a.list = slices.Grow(a.list, max(end, 2*cap(a.list))-len(a.list))
		}
		for i := range list {
			id := first + int32(i)
			if int(id) == len(a.list) {
				a.list = append(a.list, account{})
			}
			if a.ids != nil && a.list[id].accountKey != list[i].accountKey {
				delete(a.ids, a.list[id].accountKey)
				if !list[i].erased() {
					a.ids[list[i].accountKey] = id
				}
			}
			a.list[id] = list[i]
		}
		return nil
	}, `changed > ?`, a.revision)
	if err == nil {
		a.revision = revision
	}
	return err
}

// numbering returns what numbers accounts beside these.
func (a *accounts) numbering() *numberAccounts {
	if a.ids == nil {
		a.ids = make(map[accountKey]int32, len(a.list))
		for id, who := range a.all() {
			a.ids[who.accountKey] = id
		}
	}
	return &numberAccounts{accounts: a, changed: map[int32]bool{}}
}

// numberAccounts numbers accounts for an import and keeps their newest logins.
type numberAccounts struct {
	mu sync.RWMutex
	*accounts
	// changed are the buckets of new accounts and of those that are different now.
	changed map[int32]bool
}

// id returns the number of a record's account and keeps its newest login.
func (a *numberAccounts) id(k accountKey, login string, seen sighting) int32 {
	a.mu.RLock()
	id, ok := a.ids[k]
	current := ok && (login == "" || a.list[id].login == login || seen.before(a.list[id].seen) && a.list[id].hasLogin(login))
	a.mu.RUnlock()
	if current {
		return id
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	id = a.add(k)
	if login != "" && a.list[id].addLogin(login, seen) {
		a.change(id)
	}
	return id
}

// hasLogin reports whether a login is a former one, or the present one, in any case.
func (a *account) hasLogin(login string) bool {
	same := func(s string) bool { return strings.EqualFold(s, login) }
	return same(a.login) || slices.ContainsFunc(a.former, same)
}

// addLogin notes that a record has a login, and reports whether that was new.
func (a *account) addLogin(login string, seen sighting) bool {
	if login == a.login || seen.before(a.seen) && a.hasLogin(login) {
		return false
	}
	former := clone(login)
	if !seen.before(a.seen) {
		former, a.login, a.seen = a.login, former, seen
	}
	if former != "" && !a.hasLogin(former) {
		// In lower case, whichever spelling came first. Others may read the list that was.
		a.former = append(slices.Clone(a.former), strings.ToLower(former))
		slices.Sort(a.former)
	}
	a.former = slices.DeleteFunc(slices.Clone(a.former), func(s string) bool { return strings.EqualFold(s, a.login) })
	return true
}

// add returns the number of an account, a new one if it has none.
func (a *numberAccounts) add(k accountKey) int32 {
	id, ok := a.ids[k]
	if !ok {
		k = accountKey{clone(k.namespace), clone(k.userID)}
		id = int32(len(a.list))
		a.ids[k] = id
		a.list = append(a.list, account{accountKey: k, person: id})
		a.change(id)
	}
	return id
}

// change notes that an account is to be saved.
func (a *numberAccounts) change(id int32) { a.changed[bucketOf(id)] = true }

// save writes the buckets with accounts that are new or have changed.
func (a *numberAccounts) save(ctx context.Context, tx *database.Tx, enterprise, revision int64) error {
	if len(a.changed) == 0 {
		return nil
	}
	buckets := slices.Sorted(maps.Keys(a.changed))
	rows := make([][]any, len(buckets))
	for i, bucket := range buckets {
		first := int(bucket) * bucketAccounts
		rows[i] = []any{enterprise, bucket, revision, encodeAccounts(a.list[first:min(first+bucketAccounts, len(a.list))])}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM account_block WHERE enterprise = ? AND bucket IN (`+numbersIn(buckets)+`)`, enterprise); err != nil {
		return fmt.Errorf("save accounts: %w", err)
	}
	if err := tx.Insert(ctx, "account_block", []string{"enterprise", "bucket", "changed", "body"}, rows); err != nil {
		return fmt.Errorf("save accounts: %w", err)
	}
	return nil
}
