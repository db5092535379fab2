package sample

import "codegauge/internal/day"

// client is an editor with Copilot's plugin and the versions that came out.
type client struct {
	ide, plugin string
	releases    []release
}

// release is a pair of versions and the day from which people have it.
type release struct {
	from        day.Day
	ide, plugin string
}

// clients is the table; every release in it reports lines for every feature.
var clients = []client{
	{"vscode", "copilot-chat", []release{
		{0, "1.105.1", "0.32.4"}, {day.Date(2025, 11, 14), "1.106.2", "0.33.1"}, {day.Date(2025, 12, 13), "1.107.0", "0.35.0"},
		{day.Date(2026, 1, 12), "1.108.1", "0.36.1"}, {day.Date(2026, 2, 6), "1.109.2", "0.37.5"}, {day.Date(2026, 3, 7), "1.111.0", "0.39.0"},
		{day.Date(2026, 3, 28), "1.113.0", "0.41.2"}, {day.Date(2026, 4, 18), "1.116.0", "0.44.1"}, {day.Date(2026, 6, 8), "1.119.1", "0.47.0"},
		{day.Date(2026, 8, 10), "1.122.0", "0.50.3"}, {day.Date(2026, 10, 9), "1.126.0", "0.54.0"}}},
	{"visualstudio", "copilot-vs", []release{
		{0, "17.14.19", "18.0.512.17033"}, {day.Date(2026, 1, 20), "18.1.1", "18.1.318.24010"}, {day.Date(2026, 4, 2), "18.3.3", "18.3.511.5503"},
		{day.Date(2026, 7, 6), "18.4.4", "18.4.119.15876"}, {day.Date(2026, 10, 1), "18.6.0", "18.6.204.31120"}}},
	{"intellij", "copilot-intellij", []release{
		{0, "2025.2.4", "1.5.60-243"}, {day.Date(2026, 1, 9), "2025.3.1", "1.5.63-243"}, {day.Date(2026, 4, 20), "2026.1", "1.6.2-251"},
		{day.Date(2026, 8, 24), "2026.2.1", "1.6.9-251"}}},
	{"pycharm", "copilot-intellij", []release{
		{0, "2025.2.3", "1.5.60-243"}, {day.Date(2026, 1, 16), "2025.3", "1.5.63-243"}, {day.Date(2026, 5, 4), "2026.1.1", "1.6.2-251"},
		{day.Date(2026, 9, 2), "2026.2", "1.6.9-251"}}},
	{"xcode", "copilot-xcode", []release{
		{0, "26.0", "0.44.0"}, {day.Date(2026, 2, 11), "26.2", "0.46.0"}, {day.Date(2026, 9, 22), "27.0", "0.50.0"}}},
	{"eclipse", "copilot-eclipse", []release{
		{0, "4.37", "0.12.0.202509240915"}, {day.Date(2026, 3, 18), "4.39", "0.15.0.202603110812"}}},
	{"neovim", "copilot.vim", []release{{0, "0.11.4", "1.56.0"}, {day.Date(2026, 5, 1), "0.12.1", "1.59.0"}}},
}

func clientIndex(ide string) uint8 {
	for i := range clients {
		if clients[i].ide == ide {
			return uint8(i)
		}
	}
	panic("sample: no client " + ide)
}

// at returns the release that people have on d; lagging people have the one before.
func (c *client) at(d day.Day, lag int) release {
	i := 0
	for i+1 < len(c.releases) && c.releases[i+1].from <= d {
		i++
	}
	return c.releases[max(0, i-lag)]
}

// oldClient is a client below metric.MinimumVersions, and the features for
// which it therefore reports no lines.
type oldClient struct {
	ide string
	release
	blind []int
}

// everything is blind for a client that is too old altogether.
var everything = []int{completion, inline, ask, edit, plan, agentChat, custom, unknownMode, agentEdit}

// oldClients are the clients that a tenth of people never updated.
var oldClients = []oldClient{
	{"vscode", release{0, "1.101.2", "0.28.5"}, everything},
	{"vscode", release{0, "1.103.1", "0.30.1"}, []int{completion, inline}},
	{"vscode", release{0, "1.99.3", "0.26.7"}, everything},
	{"visualstudio", release{0, "17.13.6", "17.14.221.5104"}, everything},
	{"visualstudio", release{0, "17.14.13", "18.0.471.29466"}, []int{inline, agentEdit}},
	{"intellij", release{0, "2024.1.7", "1.5.47-233"}, everything},
	{"intellij", release{0, "2025.1.2", "1.5.50-241"}, everything},
	{"pycharm", release{0, "2024.2.3", "1.5.52-241"}, everything},
	{"xcode", release{0, "16.2", "0.40.0"}, []int{inline, ask, edit, plan, agentChat, custom, unknownMode, agentEdit}},
	{"eclipse", release{0, "4.30", "0.9.1.202506301140"}, everything},
}
