package sample

// theme is what an organization works with.
type theme struct {
	slug, name string
	ides       []weighted
	languages  []weighted
	// wave orders the rollout: the lower, the earlier its people got Copilot.
	wave int
}

// themes are the demo's organizations; larger enterprises repeat their ways of
// working under moreOrgs' names.
var themes = []theme{
	{"payments", "Payments",
		[]weighted{{"intellij", 46}, {"visualstudio", 27}, {"vscode", 16}, {"eclipse", 11}},
		[]weighted{{"java", 44}, {"csharp", 18}, {"kotlin", 14}, {"sql", 12}, {"xml", 6}, {"c#", 4}, {"typescript", 5}}, 260},
	{"platform", "Platform Engineering",
		[]weighted{{"vscode", 58}, {"intellij", 20}, {"neovim", 22}},
		[]weighted{{"go", 46}, {"python", 14}, {"terraform", 16}, {"rust", 9}, {"hcl", 5}, {"bash", 8}, {"c++", 4}}, 0},
	{"mobile", "Mobile Apps",
		[]weighted{{"xcode", 46}, {"intellij", 32}, {"vscode", 22}},
		[]weighted{{"swift", 46}, {"kotlin", 34}, {"objective-c", 8}, {"java", 6}, {"typescript", 6}}, 320},
	{"data", "Data & Machine Learning",
		[]weighted{{"vscode", 52}, {"pycharm", 42}, {"intellij", 6}},
		[]weighted{{"python", 58}, {"sql", 22}, {"jupyter", 7}, {"scala", 8}, {"r", 5}}, 180},
	{"web", "Web Storefront",
		[]weighted{{"vscode", 82}, {"intellij", 15}, {"neovim", 3}},
		[]weighted{{"typescript", 42}, {"typescriptreact", 20}, {"javascript", 12}, {"css", 10}, {"html", 6}, {"vue", 6}, {"ruby", 4}}, 90},
}

// moreOrgs names the organizations of larger enterprises.
var moreOrgs = []weighted{
	{name: "security"}, {name: "search"}, {name: "identity"}, {name: "logistics"}, {name: "pricing"}, {name: "support-tools"},
	{name: "marketing-tech"}, {name: "finance-systems"}, {name: "devices"}, {name: "research"}, {name: "partner-apis"},
	{name: "observability"}, {name: "quality"}, {name: "games"}, {name: "labs"},
}

// demoTeam is a team of the demo and its size at 400 people; fixed sizes hold
// for any number of people.
type demoTeam struct {
	slug, name, org string
	size            int
	fixed           bool
}

// demoTeams are sized so that about 8 % of people are in no team; one has more
// than a hundred members, and one is below the five that GitHub reports from.
var demoTeams = []demoTeam{
	{"checkout", "Checkout", "payments", 34, false},
	{"ledger", "Ledger", "payments", 24, false},
	{"fraud-detection", "Fraud Detection", "payments", 19, false},
	{"runtime", "Runtime", "platform", 22, false},
	{"developer-experience", "Developer Experience", "platform", 16, false},
	{"site-reliability", "Site Reliability", "platform", 14, false},
	{"ios", "iOS", "mobile", 20, false},
	{"android", "Android", "mobile", 18, false},
	{"app-foundation", "App Foundation", "mobile", 4, true},
	{"data-engineering", "Data Engineering", "data", 26, false},
	{"machine-learning", "Machine Learning", "data", 20, false},
	{"storefront", "Storefront", "web", 113, false},
	{"design-system", "Design System", "web", 12, false},
	{"growth", "Growth", "web", 26, false},
}

// teamWords name the teams of larger enterprises: one of each, then numbers.
var teamWords = [2][]string{
	{"core", "edge", "billing", "search", "catalog", "messaging", "profile", "orders", "risk", "media", "insight", "delivery",
		"config", "mesh", "cache", "ingest", "portal", "session", "routing", "archive"},
	{"services", "tools", "api", "clients", "infra", "quality", "web", "pipelines", "runtime", "apps",
		"automation", "experience", "storage", "integrations", "reporting", "scheduling", "gateways", "insights", "ops", "models"},
}
