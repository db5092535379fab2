package shell

import (
	"fmt"
	"testing"
)

func TestCacheForgetsTheOldest(t *testing.T) {
	c := newCache(100)
	for i := range 10 {
		c.put(PageKey{url: fmt.Sprint(i)}, make([]byte, 30))
	}
	if _, ok := c.get(PageKey{url: "0"}); ok || c.bytes > 100 || c.order.Len() != 3 {
		t.Errorf("cache holds %d pages, %d bytes", c.order.Len(), c.bytes)
	}
	if _, ok := c.get(PageKey{url: "9"}); !ok {
		t.Error("the newest page is gone")
	}
}
