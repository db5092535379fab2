package sample

// feature says how a feature is used: what one person does with it on a day
// when they use it.
type feature struct {
	name string
	// ide features are part of totals_by_ide; chat and agent set the flags.
	ide, chat, agent bool
	// prompts and outputs are daily means.
	prompts, outputs int
	// accept is the share of outputs accepted, in permille.
	accept int
	// suggest is the lines suggested per output, in tenths.
	suggest int
	// added is the lines that agents write per output, in tenths. Of the lines
	// that people are shown, the accepted share is added.
	added int
	// deleted is lines deleted, in permille of lines added.
	deleted int
}

// The features, as indices of features.
const (
	completion = iota
	inline
	ask
	edit
	plan
	agentChat
	custom
	unknownMode
	agentEdit
	cli
	app
	spark
	otherFeature
	cliAgent
	numFeatures
)

var features = [numFeatures]feature{
	completion:   {name: "code_completion", ide: true, outputs: 108, accept: 290, suggest: 29},
	inline:       {name: "chat_inline", ide: true, chat: true, prompts: 4, outputs: 6, accept: 420, suggest: 92, deleted: 110},
	ask:          {name: "chat_panel_ask_mode", ide: true, chat: true, prompts: 6, outputs: 8, accept: 260, suggest: 150},
	edit:         {name: "chat_panel_edit_mode", ide: true, chat: true, prompts: 5, outputs: 8, accept: 560, suggest: 120, deleted: 160},
	plan:         {name: "chat_panel_plan_mode", ide: true, chat: true, prompts: 3, outputs: 3, accept: 180, suggest: 110},
	agentChat:    {name: "chat_panel_agent_mode", ide: true, chat: true, agent: true, prompts: 9, outputs: 9, accept: 160, suggest: 110},
	custom:       {name: "chat_panel_custom_mode", ide: true, chat: true, agent: true, prompts: 3, outputs: 4, accept: 180, suggest: 120},
	unknownMode:  {name: "chat_panel_unknown_mode", ide: true, chat: true, prompts: 2, outputs: 3, accept: 200, suggest: 90},
	agentEdit:    {name: "agent_edit", ide: true, agent: true, outputs: 15, added: 138, deleted: 270},
	cli:          {name: "copilot_cli", prompts: 8, outputs: 18, accept: 940, added: 104, deleted: 310},
	app:          {name: "copilot_app", prompts: 5, outputs: 9, accept: 700, added: 105, deleted: 220},
	spark:        {name: "spark_workspace", prompts: 3, outputs: 9, accept: 500, suggest: 40, added: 80, deleted: 150},
	otherFeature: {name: "others", prompts: 1, outputs: 3, accept: 300, suggest: 60},
	cliAgent:     {name: "cli_agent", prompts: 8, outputs: 15, accept: 930, added: 84, deleted: 280},
}

// agentic are the features whose lines agents write: lines come from outputs,
// not from acceptances, and grow with the rollout of agents.
var agentic = [numFeatures]bool{agentEdit: true, cli: true, app: true, spark: true, cliAgent: true}

// archetype is a way of working. use is the chance, in permille, that a person
// uses a feature on a day when they are active, once it is fully rolled out.
type archetype struct {
	name string
	// share of people, in percent; rate of weekdays active, in permille.
	share, rate int
	use         [numFeatures]int
}

var archetypes = []archetype{
	{"completion first", 29, 300, [numFeatures]int{completion: 980, inline: 70, ask: 110, edit: 60, plan: 12,
		agentChat: 130, custom: 10, unknownMode: 5, agentEdit: 150, spark: 24, otherFeature: 12}},
	{"chat", 24, 285, [numFeatures]int{completion: 480, inline: 130, ask: 620, edit: 120, plan: 50,
		agentChat: 200, custom: 30, unknownMode: 12, agentEdit: 230, spark: 50, otherFeature: 14}},
	{"agent power user", 22, 395, [numFeatures]int{completion: 330, inline: 40, ask: 110, edit: 60, plan: 120,
		agentChat: 640, custom: 120, unknownMode: 8, agentEdit: 870, spark: 80, otherFeature: 14}},
	{"terminal", 10, 365, [numFeatures]int{completion: 340, ask: 110, edit: 25, plan: 40,
		agentChat: 180, custom: 30, agentEdit: 240, cli: 820, otherFeature: 14}},
	{"rarely active", 15, 100, [numFeatures]int{completion: 800, inline: 50, ask: 280,
		agentChat: 120, unknownMode: 8, agentEdit: 130}},
}

// terminal is the archetype of people who have the command line client.
const terminal = 3
