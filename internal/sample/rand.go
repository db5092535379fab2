package sample

// rng is splitmix64: eight bytes of state, and any seed is a good one, so that
// every user-day can have its own.
type rng uint64

// newRNG returns the numbers of one user-day; salt keeps questions about the
// same user-day apart.
func newRNG(seed uint64, user, d int, salt uint64) rng {
	r := rng(seed ^ salt<<56)
	r = rng(r.next() ^ uint64(user))
	r = rng(r.next() ^ uint64(d))
	return r
}

// The salts in use.
const (
	saltPerson = iota + 1
	saltActive
	saltArrived
	saltRecord
	saltWeek
	saltClaude
	saltGemini
	saltSeat
	saltPulls
	saltRepositories
	saltBeside
)

func (r *rng) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n returns a number in [0, k).
func (r *rng) n(k int) int { return int(r.next() >> 32 * uint64(k) >> 32) }

// between returns a number in [lo, hi].
func (r *rng) between(lo, hi int) int { return lo + r.n(hi-lo+1) }

// chance is true in permille of cases.
func (r *rng) chance(permille int) bool { return r.n(1000) < permille }

// around returns a number with this mean, skewed as work is.
func (r *rng) around(mean int) int { return scale(mean, uneven[r.next()>>58], r) }

// scale returns n × permille ÷ 1000, rounded up or down by chance so that small
// numbers keep their mean.
func scale(n, permille int, r *rng) int {
	x := n * permille
	return (x + int(r.next()>>32*1000>>32)) / 1000
}
