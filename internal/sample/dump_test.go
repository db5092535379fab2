package sample
import ("testing";"os";"path/filepath";"codegauge/internal/day")
func TestDump(t *testing.T){
 dir:=os.Getenv("DUMP"); if dir=="" {t.Skip()}
 for _,f:=range New(DemoConfig(day.Date(2026,11,24))).Files(){ w,_:=os.Create(filepath.Join(dir,f.Name)); if err:=f.Write(w);err!=nil{t.Fatal(err)}; w.Close()}
}
