package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"codegauge/internal/cube"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/merge"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/rollup"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// accounts returns the enterprise's accounts.
func (v *snapshot) accounts(ctx context.Context) (*accounts, error) {
	return recall(ctx, v, memoKey{"accounts", v.enterprise}, func(ctx context.Context, tx *database.Tx) (*accounts, error) {
		a, err := readAccounts(ctx, tx, v.enterprise, v.revision)
		if err != nil {
			return nil, fmt.Errorf("read accounts: %w", err)
		}
		return a, nil
	})
}

// all yields the accounts that were not erased.
func (a *accounts) all() iter.Seq2[int32, *account] {
	return func(yield func(int32, *account) bool) {
		for id := 1; id < len(a.list); id++ {
			if !a.list[id].erased() && !yield(int32(id), &a.list[id]) {
				return
			}
		}
	}
}

// of returns an account; nil if there is none of the number, or it was erased.
func (a *accounts) of(id int32) *account {
	if id <= 0 || int(id) >= len(a.list) || a.list[id].erased() {
		return nil
	}
	return &a.list[id]
}

// named returns the accounts that a word names.
func (a *accounts) named(word string) []int32 {
	name := query.ParseName(word)
	var out []int32
	for id, a := range a.all() {
		if name.Matches(a.namespace, a.userID, a.login) {
			out = append(out, id)
		}
	}
	return out
}

// name returns what answers call an account.
func (a *accounts) name(who *account) string {
	return query.UserName(who.userID, who.login, a.shared()[strings.ToLower(who.login)])
}

func (a *account) identity() store.Identity {
	return store.Identity{Tool: a.namespace, UserID: a.userID, Login: a.login, Former: a.former}
}

// Users implements query.Rollups.
func (v *snapshot) Users(ctx context.Context, _ int64, names []string) ([]int32, error) {
	all, err := v.accounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []int32
	for _, name := range names {
		out = append(out, all.named(name)...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// UsersNamed implements query.Rollups. It looks at every account once, whatever the names.
func (v *snapshot) UsersNamed(ctx context.Context, names []string) ([][]int32, error) {
	if len(names) == 0 {
		return nil, nil
	}
	all, err := v.accounts(ctx)
	if err != nil {
		return nil, err
	}
	ids, logins := map[string][]int{}, map[string][]int{}
	parsed := make([]query.Name, len(names))
	for i, word := range names {
		name := query.ParseName(word)
		parsed[i] = name
		ids[name.ID], logins[strings.ToLower(name.Login)] = append(ids[name.ID], i), append(logins[strings.ToLower(name.Login)], i)
	}
	delete(ids, "")
	delete(logins, "")
	out := make([][]int32, len(names))
	for id, a := range all.all() {
		for _, i := range slices.Concat(ids[a.userID], logins[strings.ToLower(a.login)]) {
			if n := len(out[i]); parsed[i].Matches(a.namespace, a.userID, a.login) && (n == 0 || out[i][n-1] != id) {
				out[i] = append(out[i], id)
			}
		}
	}
	return out, nil
}

// UserName implements query.Rollups.
func (v *snapshot) UserName(ctx context.Context, _ int64, identity int32) (name, id string, err error) {
	all, err := v.accounts(ctx)
	if err != nil {
		return "", "", err
	}
	if a := all.of(identity); a != nil {
		name, id = all.name(a), a.userID
	}
	return name, id, nil
}

// Persons implements query.Rollups.
func (v *snapshot) Persons(ctx context.Context) (func(identity int32) uint32, error) {
	all, err := v.accounts(ctx)
	return func(identity int32) uint32 {
		if a := all.of(identity); a != nil {
			return uint32(a.person)
		}
		return uint32(identity)
	}, err
}

// keptUsers is of how many accounts records are kept.
const keptUsers = 50

// Records implements query.Rollups.
func (v *snapshot) Records(ctx context.Context, _ int64, r day.Range, users []int32, yield func(*query.UserRecord) error) error {
	if users != nil && len(users) == 0 {
		return nil
	}
	ofPerson, err := v.ofPerson(ctx, yield)
	if err != nil {
		return err
	}
	if users == nil || len(users) > keptUsers {
		return v.readRecords(ctx, r, users, ofPerson)
	}
	k := v.at(cacheKey{entity: v.enterprise, users: numbersIn(users)})
	blocks, err := v.months(k, r, func(missing day.Range) (map[cacheKey]*cached, error) {
		into := map[cacheKey]*cached{}
		for k.month = range missing.Months() {
			into[k] = &cached{bytes: 200}
		}
		return into, v.readRecords(ctx, missing, users, func(rec *query.UserRecord) error {
			k.month = rec.Day.Month()
			b := into[k]
			b.records = append(b.records, *rec)
			b.bytes += 320 + 72*len(rec.Cells)
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, b := range blocks {
		for _, rec := range b.records {
			if !r.Contains(rec.Day) {
				continue
			}
			if err := ofPerson(&rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// ofPerson completes records that readRecords yields by the person whose they are.
func (v *snapshot) ofPerson(ctx context.Context, yield func(*query.UserRecord) error) (func(*query.UserRecord) error, error) {
	all, err := v.accounts(ctx)
	return func(rec *query.UserRecord) error {
		if a := all.of(rec.Identity); a != nil {
			rec.Person = uint32(a.person)
		}
		return yield(rec)
	}, err
}

// Wholes implements query.Rollups. Blocks are unpacked several at a time.
func (v *snapshot) Wholes(ctx context.Context, r day.Range, yield func(*query.UserRecord) error) error {
	known, err := v.accounts(ctx)
	if err != nil {
		return err
	}
	batches := sync.Pool{New: func() any { return &wholes{} }}
	return inOrder(ctx, func(ctx context.Context, put func(*dayBlocks) error) error {
		return v.eachBlocks(ctx, r, nil, totalsAlone, put)
	}, func(_ context.Context, d *dayBlocks) (*wholes, error) {
		w := batches.Get().(*wholes)
		return w, w.read(v, d, known)
	}, func(_ context.Context, w *wholes) error {
		for i := range w.records {
			if err := yield(&w.records[i]); err != nil {
				return err
			}
		}
		batches.Put(w)
		return nil
	})
}

// wholes are the user records of some blocks that count, without their cells.
type wholes struct {
	records []query.UserRecord
	head    head
}

// read reads them. It makes no rows of a block that nothing else says anything beside.
func (w *wholes) read(v *snapshot, d *dayBlocks, known *accounts) error {
	w.records = w.records[:0]
	for _, blocks := range d.byTool() {
		if len(blocks) > 1 {
			err := v.recordsOf(d, blocks, nil, totalsAlone, func(rec *query.UserRecord) error {
				w.records = append(w.records, *rec)
				return nil
			})
			if err != nil {
				return err
			}
			continue
		}
		b := &blocks[0]
		if err := w.head.read(b.block.totals); err != nil {
			return fmt.Errorf("%s: %w", d.day, err)
		}
		in := cube.NewReader(w.head.values)
		var t totals
		for _, account := range w.head.accounts {
			t.read(&in)
			w.records = append(w.records, t.record(d.day, b.stream, account))
		}
		if err := in.End(); err != nil {
			return fmt.Errorf("%s: %w", d.day, err)
		}
	}
	for i := range w.records {
		if a := known.of(w.records[i].Identity); a != nil {
			w.records[i].Person = uint32(a.person)
		}
	}
	return nil
}

// daysAtOnce is of how many days, and recordsAtOnce about how many of everybody's records, are
// read at once.
const daysAtOnce, recordsAtOnce = 28, 50_000

// readRecords yields the user records that count in the range, of the given accounts, or
// of all if users is nil, with their cells. They do not say whose they are, but for Identity.
func (v *snapshot) readRecords(ctx context.Context, r day.Range, users []int32, yield func(*query.UserRecord) error) error {
	users = slices.Sorted(slices.Values(users))
	return v.eachBlocks(ctx, r, users, withFacts, func(d *dayBlocks) error {
		for _, blocks := range d.byTool() {
			if err := v.recordsOf(d, blocks, users, withFacts, yield); err != nil {
				return err
			}
		}
		return nil
	})
}

// recordsOf yields the user records in blocks about one tool that count, of the given accounts,
// which ascend, or of all if users is nil. They are valid until yield returns.
func (v *snapshot) recordsOf(d *dayBlocks, blocks []userBlock, users []int32, upTo parts, yield func(*query.UserRecord) error) error {
	all, err := d.claims(blocks, upTo)
	if err != nil {
		return err
	}
	var rec query.UserRecord
	_, err = effective(all, d.person, func(s stream, row *merge.Row, counts bool) error {
		if !counts {
			return nil
		}
		if _, asked := slices.BinarySearch(users, row.Account); users != nil && !asked {
			return nil // another account of their person
		}
		if err := v.userRecord(d.day, s, row, upTo, &rec); err != nil {
			return fmt.Errorf("%s: %w", d.day, err)
		}
		return yield(&rec)
	})
	return err
}

// dayBlocks are the blocks of user records of a day and bucket; of a day of which several kinds
// of data tell, those of all buckets, because which kind counts is decided by person.
type dayBlocks struct {
	day day.Day
	// person finds an account's person.
	person func(account int32) int32
	blocks []userBlock
}

// userBlock is a block of user records, or the rows of it that are asked for.
type userBlock struct {
	bucket, number int32 // of the stream
	stream         stream
	own            bool // the stream is the enterprise's
	layers         []merge.Layer
	block          block
	rows           []merge.Row
}

// byTool returns the blocks about each tool.
func (d *dayBlocks) byTool() (out [][]userBlock) {
	slices.SortFunc(d.blocks, func(a, b userBlock) int {
		return cmp.Or(cmp.Compare(a.stream.tool, b.stream.tool), cmp.Compare(a.number, b.number), cmp.Compare(a.bucket, b.bucket))
	})
	for from, to := 0, 1; to <= len(d.blocks); to++ {
		if to == len(d.blocks) || d.blocks[to].stream.tool != d.blocks[from].stream.tool {
			out, from = append(out, d.blocks[from:to]), to
		}
	}
	return out
}

// claims returns what all sources claim in blocks about one tool.
func (d *dayBlocks) claims(blocks []userBlock, upTo parts) (all []claims, err error) {
	for i := range blocks {
		b := &blocks[i]
		if i == 0 || blocks[i-1].number != b.number {
			all = append(all, claims{stream: b.stream, own: b.own, layers: b.layers})
		}
		of := &all[len(all)-1]
		if b.rows != nil {
			of.rows = append(of.rows, b.rows...)
		} else if of.rows, err = b.block.appendRows(of.rows, report.UserDay, nil, upTo); err != nil {
			return nil, fmt.Errorf("%s: %w", d.day, err)
		}
	}
	return all, nil
}

// eachBlocks yields the blocks of user records in the range that have the given accounts, which
// ascend, or all if users is nil, in the order of their days. Of a day of which several kinds of
// data tell they have all accounts of the people.
func (v *snapshot) eachBlocks(ctx context.Context, r day.Range, users []int32, upTo parts, yield func(*dayBlocks) error) error {
	tx, err := v.db(ctx)
	if err != nil {
		return err
	}
	layers, records, err := v.userReports(ctx, tx, r)
	if err != nil {
		return err
	}
	mixed, err := v.mixedDays(layers)
	if err != nil {
		return err
	}
	person := func(account int32) int32 { return account }
	if len(mixed) > 0 {
		known, err := v.accounts(ctx)
		if err != nil {
			return err
		}
		person = known.person
		if users != nil {
			users = known.withOthers(users)
		}
	}
	for days := slices.Sorted(maps.Keys(records)); len(days) > 0; {
		some := days
		if users == nil {
			some = days[:1]
			for n := records[days[0]]; len(some) < min(daysAtOnce, len(days)) && n < recordsAtOnce; n += records[days[len(some)-1]] {
				some = days[:len(some)+1]
			}
		}
		days = days[len(some):]
		type at struct {
			day    day.Day
			bucket int32
		}
		found := map[at]*dayBlocks{}
		var space decodeSpace
		statement, args := v.selectBlocks(users, some, upTo)
		err := database.Each(ctx, tx, func(rows *sql.Rows) (err error) {
			var d day.Day
			var b userBlock
			var totals, facts sql.RawBytes // which the next row overwrites
			if err := rows.Scan(&d, &b.bucket, &b.number, &totals, &facts); err != nil {
				return err
			}
			if b.stream, err = v.words.stream(b.number); err != nil {
				return err
			}
			if _, err := v.words.tool(b.stream.tool); err != nil {
				return err
			}
			if users == nil {
				b.block = block{totals: v.store.db.Kept(totals), facts: v.store.db.Kept(facts)}
			} else { // most of the block is of others
				if b.rows, err = space.appendRows(nil, &block{totals: totals, facts: facts}, report.UserDay, users, upTo); err != nil {
					return fmt.Errorf("%s: %w", d, err)
				}
				if len(b.rows) == 0 {
					return nil
				}
			}
			b.own, b.layers = b.stream.source == v.enterprise, layers[reportOn{d, b.number}]
			k := at{d, b.bucket}
			if mixed[d] {
				k.bucket = 0
			}
			if found[k] == nil {
				found[k] = &dayBlocks{day: d, person: person}
			}
			found[k].blocks = append(found[k].blocks, b)
			return nil
		}, statement, args...)
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		// PostgreSQL would sort all figures, on disk.
		for _, k := range slices.SortedFunc(maps.Keys(found), func(a, b at) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.bucket, b.bucket)) }) {
			if err := yield(found[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

// mixedDays returns the days of which several kinds of data have records about one tool.
func (v *snapshot) mixedDays(reports map[reportOn][]merge.Layer) (map[day.Day]bool, error) {
	type of struct {
		day  day.Day
		tool int32
	}
	kinds, mixed := map[of]metric.DataKind{}, map[day.Day]bool{}
	for k := range reports {
		s, err := v.words.stream(k.stream)
		if err != nil {
			return nil, err
		}
		at := of{k.day, s.tool}
		if kind, ok := kinds[at]; ok && kind != s.data {
			mixed[k.day] = true
		}
		kinds[at] = s.data
	}
	return mixed, nil
}

// person returns the first account of an account's person.
func (a *accounts) person(account int32) int32 {
	if int(account) >= len(a.list) {
		return account
	}
	return a.list[account].person
}

// withOthers returns accounts and the other ones of their people, in order.
func (a *accounts) withOthers(some []int32) []int32 {
	people, out := map[int32]bool{}, slices.Clone(some)
	for _, id := range some {
		people[a.person(id)] = true
	}
	for id := range a.all() {
		if people[a.person(id)] {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// selectBlocks returns the statement that reads the blocks of user records on some days, of
// the buckets of some accounts or of all. Its text is one of few, which are prepared once: it
// names the last day again until days are a multiple of daysAtOnce.
func (v *snapshot) selectBlocks(users, days []int32, upTo parts) (string, []any) {
	args := []any{v.enterprise, v.revision, int(report.UserDay)}
	in := func(list []int32, size int) string {
		for i := range size {
			args = append(args, int(list[min(i, len(list)-1)]))
		}
		return ` IN (?` + strings.Repeat(`, ?`, size-1) + `)`
	}
	where := ` AND b.kind = ? AND b.day` + in(days, (len(days)+daysAtOnce-1)/daysAtOnce*daysAtOnce)
	if buckets := bucketsOf(users); users != nil {
		where += ` AND b.bucket` + in(buckets, len(buckets))
	}
	facts := `NULL`
	if upTo >= withFacts {
		facts = `b.facts`
	}
	return `SELECT b.day, b.bucket, b.stream, b.totals, ` + facts + ` FROM block b` + whereCurrentBlock + where, args
}

// reportOn is a users report of a stream about a day.
type reportOn struct {
	day    day.Day
	stream int32
}

// userReports returns the layers of the users reports in the range, and how many records
// each day has.
func (v *snapshot) userReports(ctx context.Context, tx *database.Tx, r day.Range) (map[reportOn][]merge.Layer, map[int32]int64, error) {
	layers, records := map[reportOn][]merge.Layer{}, map[int32]int64{}
	err := database.Each(ctx, tx, func(rows *sql.Rows) error {
		k, rep, d, _, err := scanReport(rows)
		if err != nil {
			return err
		}
		layers[reportOn{d, k.stream}] = rep.layers
		records[int32(d)] += rep.totals.records
		return nil
	}, currentReports+` AND r.day BETWEEN ? AND ? AND r.kind = ? AND r.records > 0`, v.enterprise, v.revision, int(r.From), int(r.To), int(report.UserDay))
	if err != nil {
		return nil, nil, fmt.Errorf("read report days: %w", err)
	}
	return layers, records, nil
}

// record is a user record without cells.
func (t *totals) record(d day.Day, s stream, account int32) query.UserRecord {
	return query.UserRecord{Day: d, Tool: s.tool, Identity: account, LinesUnknown: t.linesUnknown, Totals: t.Vector, Phased: t.phased, Phase: t.phase}
}

func (v *snapshot) userRecord(d day.Day, s stream, row *merge.Row, upTo parts, rec *query.UserRecord) error {
	t, facts, err := readFigures(row.Figures)
	if err != nil {
		return err
	}
	if *rec = t.record(d, s, row.Account); upTo == totalsAlone {
		return nil
	}
	list, err := cube.ReadFacts(facts, len(v.words.Cells), nil)
	if err != nil {
		return err
	}
	rec.Cells = make([]cube.Sum, len(list))
	for i := range list {
		if rec.Cells[i] = list[i].Sum; t.linesUnknown {
			v.words.Cells[rec.Cells[i].Cell].DropLines(&rec.Cells[i].Row)
		}
	}
	return nil
}

// Clients implements store.Store.
func (s *Store) Clients(ctx context.Context, sc query.Scope, r day.Range, users ...string) ([]store.Client, error) {
	var out []store.Client
	err := s.view(ctx, sc.Enterprise, func(v *snapshot) error {
		out = nil // it may be the second time
		known, err := v.accounts(ctx)
		if err != nil {
			return err
		}
		named := roaring.New()
		for _, word := range users {
			for _, id := range known.named(word) {
				named.Add(uint32(id))
			}
		}
		return v.eachClient(ctx, sc, r, known, func(c store.Client, accounts *roaring.Bitmap) {
			if len(users) > 0 {
				accounts = roaring.And(accounts, named)
			}
			for it := accounts.Iterator(); it.HasNext(); {
				who := known.of(int32(it.Next()))
				c.UserID, c.Name = who.userID, known.name(who)
				out = append(out, c)
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	slices.SortFunc(out, func(a, b store.Client) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.UserID, b.UserID), strings.Compare(a.IDE, b.IDE))
	})
	return out, nil
}

// CountClients implements store.Store.
func (s *Store) CountClients(ctx context.Context, sc query.Scope, r day.Range, kinds ...func(store.Client) bool) ([]int, error) {
	out := make([]int, len(kinds))
	err := s.view(ctx, sc.Enterprise, func(v *snapshot) error {
		known, err := v.accounts(ctx)
		if err != nil {
			return err
		}
		accounts := make([]*roaring.Bitmap, len(kinds))
		for i := range kinds {
			accounts[i] = roaring.New()
		}
		err = v.eachClient(ctx, sc, r, known, func(c store.Client, have *roaring.Bitmap) {
			for i, is := range kinds {
				if is(c) {
					accounts[i].Or(have)
				}
			}
		})
		for i, of := range accounts {
			people := make(map[[2]string]bool, of.GetCardinality()) // by what their names are made of
			for it := of.Iterator(); it.HasNext(); {
				who := known.of(int32(it.Next()))
				people[[2]string{who.userID, who.login}] = true
			}
			out[i] = len(people)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count clients: %w", err)
	}
	return out, nil
}

// CountByClient implements store.Store.
func (s *Store) CountByClient(ctx context.Context, sc query.Scope, r day.Range) (out []store.ClientCount, err error) {
	err = s.view(ctx, sc.Enterprise, func(v *snapshot) error {
		out = nil // it may be the second time
		known, err := v.accounts(ctx)
		if err != nil {
			return err
		}
		accounts := map[store.Client]*roaring.Bitmap{}
		err = v.eachClient(ctx, sc, r, known, func(c store.Client, have *roaring.Bitmap) {
			if c.Last = 0; accounts[c] == nil {
				accounts[c] = roaring.New()
			}
			accounts[c].Or(have)
		})
		for c, of := range accounts {
			ids := make(map[string]bool, of.GetCardinality())
			for it := of.Iterator(); it.HasNext(); {
				ids[known.of(int32(it.Next())).userID] = true
			}
			if len(ids) > 0 {
				out = append(out, store.ClientCount{Client: c, People: len(ids)})
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count by client: %w", err)
	}
	return out, nil
}

// eachClient yields last clients with the accounts that have them. It looks at the range's
// sets from the last day back: who is met for the first time with an IDE is met in their
// last client.
func (v *snapshot) eachClient(ctx context.Context, sc query.Scope, r day.Range, known *accounts, yield func(store.Client, *roaring.Bitmap)) error {
	members, err := v.members(ctx, sc, r)
	if err != nil {
		return err
	}
	sets, err := v.clientSets(ctx, r)
	if err != nil {
		return err
	}
	met := map[string]*roaring.Bitmap{}
	for _, s := range sets {
		if met[s.IDE] == nil {
			met[s.IDE] = roaring.New()
		}
		first := roaring.AndNot(s.accounts, met[s.IDE])
		for it := first.Clone().Iterator(); it.HasNext(); {
			id := it.Next()
			if who := known.of(int32(id)); who == nil || members != nil && (members[s.Last] == nil || !members[s.Last].Contains(uint32(who.person))) {
				first.Remove(id)
			}
		}
		met[s.IDE].Or(first)
		yield(s.Client, first)
	}
	return nil
}

// clientSet is the accounts that had a client on its Last day.
type clientSet struct {
	store.Client
	accounts *roaring.Bitmap
}

// clientSets returns the clients of each day of the range, from the last day back.
func (v *snapshot) clientSets(ctx context.Context, r day.Range) ([]clientSet, error) {
	type set struct {
		day          day.Day
		cell, client int32
		accounts     *roaring.Bitmap
	}
	var sets []set
	err := v.eachSetRow(ctx, r, []setGroup{clientSets}, func(d day.Day, tool int32, body []byte) error {
		return decodeSets(tool, body, func(k rollup.SetKey, people []byte) error {
			if int(k.Cell) >= len(v.words.Cells) {
				return nil
			}
			if b := v.words.Cells[k.Cell].Breakdown; b != metric.ByIDE && b != metric.BySession {
				return nil
			}
			bm, err := bitmapOf(people)
			sets = append(sets, set{d, k.Cell, k.Client, bm})
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(sets, func(a, b set) int { return cmp.Or(cmp.Compare(b.day, a.day), cmp.Compare(b.client, a.client)) })
	var out []clientSet
	for _, s := range sets {
		cell := &v.words.Cells[s.cell]
		ide, _ := v.words.NameOf(cell, metric.Breakdowns[cell.Breakdown].Keys[0]) // of sessions the CLI's alone have a version
		client, err := v.words.client(s.client)
		if err != nil {
			return nil, err
		}
		out = append(out, clientSet{store.Client{IDE: ide, IDEVersion: client.IDEVersion, Plugin: client.Plugin, PluginVersion: client.PluginVersion, Last: s.day}, s.accounts})
	}
	return out, nil
}

// EntitiesWithClient implements store.Store.
func (s *Store) EntitiesWithClient(ctx context.Context, enterprise int64, r day.Range, kind func(store.Client) bool) (map[int64]bool, error) {
	var out map[int64]bool
	err := s.view(ctx, enterprise, func(v *snapshot) error {
		known, err := v.accounts(ctx)
		if err != nil {
			return err
		}
		members, err := v.membersIn(ctx, r)
		if err != nil {
			return err
		}
		sets, err := v.clientSets(ctx, r)
		out = entitiesWith(sets, members, known, kind)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("clients of organizations and teams: %w", err)
	}
	return out, nil
}

// entitiesWith finds in which entities an account is met for the first time with an IDE in a
// kind of client, from the last day back, among the members of each day.
func entitiesWith(sets []clientSet, members map[day.Day]*dayMembers, known *accounts, kind func(store.Client) bool) map[int64]bool {
	type ideOf struct {
		entity int64
		ide    string
	}
	out, met := map[int64]bool{}, map[ideOf]*roaring.Bitmap{}
	// Only accounts that ever had such a client can have it last, and only entities of theirs.
	accounts, ever := roaring.New(), roaring.New()
	for _, s := range sets {
		if kind(s.Client) {
			accounts.Or(s.accounts)
		}
	}
	for it := accounts.Iterator(); it.HasNext(); {
		if who := known.of(int32(it.Next())); who != nil {
			ever.Add(uint32(who.person))
		}
	}
	lists := map[*dayMembers][]rollup.Members{}
	for _, s := range sets {
		there := members[s.Last]
		if there == nil {
			continue
		}
		list, found := lists[there]
		if !found {
			list = slices.DeleteFunc(slices.Clone(there.list), func(m rollup.Members) bool { return !m.People.Intersects(ever) })
			lists[there] = list
		}
		people, accountsOf := roaring.New(), map[uint32][]uint32{}
		for it := roaring.And(s.accounts, accounts).Iterator(); it.HasNext(); {
			id := it.Next()
			if who := known.of(int32(id)); who != nil {
				people.Add(uint32(who.person))
				accountsOf[uint32(who.person)] = append(accountsOf[uint32(who.person)], id)
			}
		}
		of := kind(s.Client)
		for _, m := range list {
			if out[m.Entity] || !m.People.Intersects(people) {
				continue
			}
			k := ideOf{m.Entity, s.IDE}
			if met[k] == nil {
				met[k] = roaring.New()
			}
			for it := roaring.And(m.People, people).Iterator(); it.HasNext(); {
				for _, id := range accountsOf[it.Next()] {
					if met[k].CheckedAdd(id) && of {
						out[m.Entity] = true
					}
				}
			}
		}
	}
	return out
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

// Unlinked implements store.Store: someone in a set whose number is that of an
// account without a link.
func (s *Store) Unlinked(ctx context.Context, sc query.Scope, r day.Range) ([]store.Identity, error) {
	var out []store.Identity
	err := s.view(ctx, sc.Enterprise, func(v *snapshot) error {
		active, err := v.active(ctx, sc, r)
		if err != nil {
			return err
		}
		known, err := v.accounts(ctx)
		if err != nil {
			return err
		}
		out = nil
		for id, a := range known.all() {
			if a.linked == 0 && active.Contains(uint32(id)) {
				out = append(out, a.identity())
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("unlinked identities: %w", err)
	}
	slices.SortFunc(out, compareIdentities)
	return out, nil
}

// active returns the persons with a record in the scope and range.
func (v *snapshot) active(ctx context.Context, sc query.Scope, r day.Range) (*roaring.Bitmap, error) {
	units, err := v.Units(ctx, sc.Itself(), r, metric.Totals)
	if err != nil {
		return nil, err
	}
	sets, err := v.Sets(ctx, sc.Itself(), r, []int32{query.Everyone})
	out := roaring.New()
	for _, u := range units {
		set := sets[query.SetKey{Day: u.Day, Tool: u.Tool, Cell: query.Everyone}]
		if set != nil && u.Preferred && u.Origin != query.AggregateRecord {
			out.Or(set)
		}
	}
	return out, err
}

// Identities implements store.Store.
func (s *Store) Identities(ctx context.Context, enterprise int64) ([]store.Identity, error) {
	var out []store.Identity
	err := s.view(ctx, enterprise, func(v *snapshot) error {
		known, err := v.accounts(ctx)
		if err != nil {
			return err
		}
		out = make([]store.Identity, 0, len(known.list))
		for _, a := range known.all() {
			out = append(out, a.identity())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	slices.SortFunc(out, compareIdentities)
	return out, nil
}

func compareIdentities(a, b store.Identity) int {
	return cmp.Or(strings.Compare(a.Tool, b.Tool), strings.Compare(a.UserID, b.UserID))
}

// Read implements store.Store.
func (s *Store) Read(ctx context.Context, enterprise int64, f func(query.Rollups) error) error {
	return s.view(ctx, enterprise, func(v *snapshot) error { return f(v) })
}

// numbersIn lists numbers as SQL.
func numbersIn[N ~int32 | ~int64](list []N) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.FormatInt(int64(n), 10)
	}
	return strings.Join(out, ", ")
}
