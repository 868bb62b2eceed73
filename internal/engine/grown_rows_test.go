package engine_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/results"
)

// Rows that the old code left have the fields that came later, with their defaults;
// two growths after each other run the history in its order.
func TestGrownObjectKeepsItsRows(t *testing.T) {
	root, err := results.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e := &engine.Engine{Root: root}
	scaffolded, err := e.Scaffold(engine.ScaffoldRequest{Spec: "Todo list per user: todos with title and a done flag"})
	if err != nil {
		t.Fatal(err)
	}
	disk := t.TempDir()
	old := runScaffold(t, root, scaffolded, disk)
	if got := request(t, old, `POST /todos?user=a {"title":"one"}`); !strings.Contains(got, `"title":"one"`) {
		t.Fatalf("nothing was made: %s", got)
	}
	before := request(t, old, "GET /todos/1?user=a")
	old.Close()
	for _, growth := range []string{
		"add a priority (low, high; default low) and an owner to the todos",
		"each todo gets a weight (number, default 1.5); filter todos by priority; a leaderboard with the top 3",
	} {
		if _, err := e.Scaffold(engine.ScaffoldRequest{Spec: growth, Grow: true}); err != nil {
			t.Fatal(err)
		}
	}
	grown := runScaffold(t, root, scaffolded, disk)
	was := before[:len(before)-1]
	for _, c := range []struct{ ask, want string }{
		{"GET /todos/1?user=a", was + `,"priority":"low","owner":null,"weight":1.5}`},
		{`PATCH /todos/1?user=a {"owner":"ann","priority":"high"}`, was + `,"priority":"high","owner":"ann","weight":1.5}`},
		{"GET /todos?user=a&priority=high", `{"todos":[` + was + `,"priority":"high","owner":"ann","weight":1.5}],"next":null}`},
		{"GET /todos?user=a&priority=low", `{"todos":[],"next":null}`},
		{"GET /leaderboard?user=a", `{"top":[]}`},
	} {
		if got := request(t, grown, c.ask); !sameJSON(got, c.want) {
			t.Errorf("%s answers %s, want %s", c.ask, got, c.want)
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}
