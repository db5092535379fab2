package metric

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Version names a definition as this program computes it, such as v1-strict.1f2e3d4c: another
// program has the same one if it computes every measure by the same formula, and attributes
// every feature to the same initiator.
func (d Definition) Version() string {
	h := sha256.New()
	for _, m := range Measures {
		fmt.Fprintf(h, "%s\n%s\n%s\n%s\n", m.Name, m.Unit, m.Formula, m.Definition)
	}
	for _, f := range Features {
		fmt.Fprintf(h, "%s %s\n", f.Name, d.Initiator(f.Name))
	}
	return string(d) + "." + hex.EncodeToString(h.Sum(nil)[:4])
}
