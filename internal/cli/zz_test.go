package cli
import ("testing";"os";"bytes";"fmt";"time")
func TestZZ(t *testing.T){
 f,err:=os.Open("/tmp/cgd/u28.ndjson"); if err!=nil {t.Skip()}
 var b bytes.Buffer
 t0:=time.Now()
 err=parquet{memoryMB:256}.FromNDJSON(f,&b)
 fmt.Println(err,b.Len(),time.Since(t0))
}
