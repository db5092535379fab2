#!/usr/bin/env bash
# Import of generated user records, beside wc -l on the same files: three runs
# of each in turn, medians and their ratio. USERS and DAYS set the size.
set -euo pipefail
cd "$(dirname "$0")/.."
users=${USERS:-10000} days=${DAYS:-28}
make -s build
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
bin/codegauge generate --users "$users" --days "$days" --seed 1 --out "$work/in" >/dev/null
bytes=$(cat "$work"/in/*users-1-day* | wc -c)
now() { date +%s.%N; }
for run in 1 2 3; do
	a=$(now); cat "$work"/in/*users-1-day* | wc -l >/dev/null; b=$(now)
	rm -rf "$work/data"
	/usr/bin/env bash -c "ulimit -v unlimited; exec bin/codegauge import --enterprise bench --data $work/data $work/in" >/dev/null 2>&1; c=$(now)
	echo "$a $b $c"
done | awk -v bytes="$bytes" '{ wc[NR]=$2-$1; im[NR]=$3-$2 }
	function median(x,  i,j,t){ for(i=1;i<=3;i++)for(j=i+1;j<=3;j++)if(x[j]<x[i]){t=x[i];x[i]=x[j];x[j]=t}; return x[2] }
	END { w=median(wc); m=median(im); printf "%.0f MB: import %.2f s (%.0f MB/s), wc -l %.2f s, ratio %.1f\n", bytes/1e6, m, bytes/1e6/m, w, m/w }'
