// Package hostile treats the real program badly: it feeds it what is no report,
// kills it while it imports, fills its disk, takes its rights away and damages
// its files. Whatever comes, the program says what is wrong, and what is stored
// is right. CODEGAUGE_SOAK=1 runs the long versions.
package hostile
