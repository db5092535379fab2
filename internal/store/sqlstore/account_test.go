package sqlstore

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAccountsReadAsWritten writes a bucket, reads it, and then every version of it that
// is cut off or has a byte changed, which must be told.
func TestAccountsReadAsWritten(t *testing.T) {
	var list []account
	for i := range 5 {
		list = append(list, account{accountKey: accountKey{"", fmt.Sprint(1000 + i)}, login: fmt.Sprint("octocat-", i), seen: int64(i) << 40, person: int32(i), linked: int64(i % 2)})
	}
	list[2] = account{person: 2} // erased
	list[3].namespace = "claude_code"
	b := encodeAccounts(list)
	got, err := decodeAccounts(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, got, cmp.AllowUnexported(account{}, accountKey{})); diff != "" {
		t.Error(diff)
	}
	for n := range b {
		if _, err := decodeAccounts(b[:n]); !errors.Is(err, errDamaged) {
			t.Errorf("%d of %d bytes: %v", n, len(b), err)
		}
		b[n] ^= 1
		if _, err := decodeAccounts(b); !errors.Is(err, errDamaged) {
			t.Errorf("byte %d changed: %v", n, err)
		}
		b[n] ^= 1
	}
}
