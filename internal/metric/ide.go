package metric

import "strings"

// ides maps what reports write for an editor to its name.
var ides = map[string]string{
	"androidstudio": "Android Studio", "appcode": "AppCode", "clion": "CLion", "datagrip": "DataGrip", "eclipse": "Eclipse", "emacs": "Emacs",
	"goland": "GoLand", "intellij": "IntelliJ IDEA", "jetbrains": "JetBrains", "neovim": "Neovim", "phpstorm": "PhpStorm", "pycharm": "PyCharm",
	"rider": "Rider", "rubymine": "RubyMine", "rustrover": "RustRover", "sublimetext": "Sublime Text", "vim": "Vim", "visualstudio": "Visual Studio",
	"vscode": "VS Code", "vscodeinsiders": "VS Code Insiders", "webstorm": "WebStorm", "xcode": "Xcode", "zed": "Zed",
}

// IDELabel returns what pages call an IDE: its name where it is known, else the value
// as reported.
func IDELabel(value string) string {
	if label, ok := ides[normalizedIDE(value)]; ok {
		return label
	}
	return value
}

// EditorLabel writes the editor of a seat, such as "vscode/1.116.0/copilot-chat/0.44.1",
// as VS Code 1.116.0; what is not of that form stays.
func EditorLabel(editor string) string {
	parts := strings.Split(editor, "/")
	if len(parts) < 2 {
		return editor
	}
	return IDELabel(parts[0]) + " " + parts[1]
}

// IsListed reports whether a value of a dimension is one that this program has a name for.
func IsListed(dimension, value string) bool {
	switch dimension {
	case "feature":
		_, listed := FeatureByName(value)
		return listed
	case "ide":
		_, listed := ides[normalizedIDE(value)]
		return listed
	}
	return false
}
