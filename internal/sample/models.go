package sample

// model is a model and its life: offered to people from one age of the story to
// another (in days before the end), more of them the larger its weight.
type model struct {
	name         string
	weight       int
	first, until int
}

// forever is an age before every story.
const forever = 1 << 20

// models is the table; index 0 is the model of rows that carry none.
var models = []model{
	{name: ""},
	{"gpt-4o", 8, forever, 330},
	{"gpt-4.1", 16, forever, 190},
	{"gemini-2.5-pro", 7, forever, 262},
	{"claude-sonnet-4", 18, forever, 300},
	{"gpt-5", 20, forever, 225},
	{"gpt-5-mini", 7, forever, -1},
	{"gpt-5-codex", 8, forever, 296},
	{"claude-sonnet-4.5", 34, 422, 16},
	{"claude-haiku-4.5", 9, 404, -1},
	{"gpt-5.1-codex", 12, 374, 185},
	{"gemini-3.0-pro", 9, 371, -1},
	{"claude-opus-4.5", 14, 364, 160},
	{"gpt-5.2-codex", 16, 340, 6},
	{"claude-opus-4.6", 24, 292, -1},
	{"gpt-5.3-codex", 20, 288, -1},
	{"claude-sonnet-4.6", 28, 281, -1},
	{"gpt-5.4", 24, 262, -1},
	{"claude-opus-4.7", 26, 221, -1},
	{"gemini-3.5-flash", 6, 74, -1},
	{"gpt-5.5-codex", 20, 52, -1},
	{"claude-4.5-haiku", 2, 404, -1},
	{"auto", 10, 318, -1},
	{"unknown", 2, forever, -1},
	{"others", 3, forever, -1},
}

// The models with a part of their own.
const noModel = 0

var (
	autoModel    = modelIndex("auto")
	othersModel  = modelIndex("others")
	claudeModels = []uint8{modelIndex("claude-sonnet-4.5"), modelIndex("claude-haiku-4.5"), modelIndex("claude-opus-4.5"),
		modelIndex("claude-opus-4.6"), modelIndex("claude-sonnet-4.6"), modelIndex("claude-opus-4.7")}
	geminiModels = []uint8{modelIndex("gemini-2.5-pro"), modelIndex("gemini-3.0-pro"), modelIndex("gemini-3.5-flash")}
)

func modelIndex(name string) uint8 {
	for i := range models {
		if models[i].name == name {
			return uint8(i)
		}
	}
	panic("sample: no model " + name)
}

// weightAt returns the model's weight at an age: it takes a month to catch on
// and a month to go.
func (m model) weightAt(age int) int {
	if m.first < age || age <= m.until {
		return 0
	}
	w := m.weight * 30
	if m.first != forever {
		w = min(w, m.weight*(m.first-age+1))
	}
	if m.until >= 0 {
		w = min(w, m.weight*(age-m.until))
	}
	return w
}
