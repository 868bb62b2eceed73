package nearest

import "testing"

func TestNames(t *testing.T) {
	names := []string{"path", "source", "config_path"}
	for want, close := range map[string]string{"paht": "path", "Path": "path", "configPath": "config_path", "soruce": "source", "zebra": "", "": ""} {
		if got := Close(want, names); got != close {
			t.Errorf("Close(%q) = %q, want %q", want, got, close)
		}
	}
	if got := Name("race-await", []string{"alarm-single", "race-external-await"}); got != "race-external-await" {
		t.Errorf("Name = %q", got)
	}
	if got := Name("x", nil); got != "" {
		t.Errorf("Name of none = %q", got)
	}
}
