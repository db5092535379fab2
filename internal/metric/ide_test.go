package metric

import "testing"

func TestIDELabel(t *testing.T) {
	for value, want := range map[string]string{"vscode": "VS Code", "VisualStudio": "Visual Studio", "intellij": "IntelliJ IDEA", "vscode-insiders": "VS Code Insiders", "Fleet": "Fleet", "": ""} {
		if got := IDELabel(value); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
	for _, v := range MinimumVersions {
		if got := IDELabel(v.IDE); got != v.Label {
			t.Errorf("%q is %q here and %q in the minimum versions", v.IDE, got, v.Label)
		}
	}
}
