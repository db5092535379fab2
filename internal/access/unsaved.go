package access

import (
	"strconv"
	"sync"
	"time"

	"codegauge/internal/fault"
)

// unsaved are the last uses of sessions and tokens that could not be written down, because
// the disk is full or read-only, or the server a standby: who is in may go on reading, and
// who was idle for too long is out all the same.
type unsaved struct {
	mu   sync.Mutex
	used map[string]time.Time
}

// maxUnsaved bounds how many are remembered. Where more are used, those that are older
// than the least exact one are forgotten.
const maxUnsaved = 20_000

func newUnsaved() *unsaved { return &unsaved{used: map[string]time.Time{}} }

func sessionUse(id int64) string { return "session " + strconv.FormatInt(id, 10) }
func tokenUse(id int64) string   { return "token " + strconv.FormatInt(id, 10) }

// note remembers a use if writing it down has failed for a reason that may go away, and
// returns any other error.
func (u *unsaved) note(key string, now time.Time, err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if fault.KindOf(err) != fault.Unavailable {
		delete(u.used, key)
		return err
	}
	if len(u.used) >= maxUnsaved {
		for k, at := range u.used {
			if now.Sub(at) >= touchEvery {
				delete(u.used, k)
			}
		}
	}
	if len(u.used) < maxUnsaved {
		u.used[key] = now
	}
	return nil
}

// later returns the later of the last use that was written down and the one that was not.
func (u *unsaved) later(key string, saved time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at, ok := u.used[key]; ok && at.After(saved) {
		return at
	}
	return saved
}
