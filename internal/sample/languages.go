package sample

// languages holds every language as reports name it, aliases included; index 0
// is the language of rows that carry none.
var languages = []string{
	"", "typescript", "typescriptreact", "javascript", "css", "html", "vue", "python", "sql", "r", "scala",
	"java", "kotlin", "csharp", "c#", "go", "rust", "terraform", "hcl", "bash", "yaml", "json", "markdown",
	"swift", "objective-c", "dockerfile", "powershell", "ruby", "c++", "xml", "instructions", "jupyter",
	"unknown", "others",
}

// noLanguage is the language of rows that carry none.
const noLanguage = 0

var (
	unknownLanguage = languageIndex("unknown")
	othersLanguage  = languageIndex("others")
)

func languageIndex(name string) uint8 {
	for i, l := range languages {
		if l == name {
			return uint8(i)
		}
	}
	panic("sample: no language " + name)
}

// common are the languages that everyone's work touches.
var common = []weighted{{"markdown", 34}, {"yaml", 22}, {"json", 22}, {"bash", 10}, {"dockerfile", 6}, {"instructions", 4}, {"others", 4}, {"unknown", 3}}

// weighted is a name and how often it comes up.
type weighted struct {
	name   string
	weight int
}

// pick returns one of the names, by weight.
func pick(from []weighted, r *rng) string {
	sum := 0
	for _, w := range from {
		sum += w.weight
	}
	x := r.n(sum)
	for _, w := range from {
		if x -= w.weight; x < 0 {
			return w.name
		}
	}
	return from[0].name
}
