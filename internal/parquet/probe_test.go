package parquet
import ("testing";"os";"fmt";"time";"bytes";"context")
func TestProbe(t *testing.T){
 text,_:=os.ReadFile("/work/shared/samples/reports/organization-users-28-day-report.ndjson")
 n:=280<<20/len(text)
 in:=bytes.Repeat(append(bytes.TrimSpace(text),'\n'),n)
 for _,rg:=range []int{2048,4096,8192,20480}{ for _,th:=range []int{1,2,4}{
 c:=New("")
 j,_:=c.start()
 f,_:=j.spoolLines("in",bytes.NewReader(in))
 j.exec("SET threads=%d",th)
 if rg<0 {j.exec("SET preserve_insertion_order=false")}
 s:=time.Now()
 sh,err:=j.structure(f)
 fmt.Println(f.longest,th,"structure",time.Since(s),err); s=time.Now()
 if err!=nil{continue}
 col,_:=sh.columns("BIGINT")
 q:="SELECT * FROM "+f.source("read_json",", columns="+col)
 _,err=j.db.ExecContext(context.Background(),fmt.Sprintf(`COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE %d)`,q,j.path("o"),rg))
 if err!=nil{err=fmt.Errorf("%.90s",err.Error())}
 st,_:=os.Stat(j.path("o"))
 fmt.Println(" copy rg",rg,time.Since(s),err,st)
 var a,b string
 rows,_:=j.db.Query("select tag, memory_usage_bytes>>20 from duckdb_memory() where memory_usage_bytes>0"); for rows.Next(){rows.Scan(&a,&b);fmt.Print(a,b," ")}
 j.end()
 }}
}
