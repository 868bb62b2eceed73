package engine_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/workerd"
)

// An alarm that one pattern had for itself survives the growth: on the disk that the
// old code left, the new code still does what the alarm was set for.
func TestGrownObjectKeepsItsAlarm(t *testing.T) {
	for _, c := range []struct {
		name, spec    string
		before        []string // requests to the old code
		wait          time.Duration
		read          string
		pending, done string // what the read must have before and after the wait
	}{
		{
			"roll-up", "Metrics buffer per sensor, roll up every 10 minutes",
			[]string{`POST /samples?sensor=s {"series":"heat","value":4}`}, 11 * time.Minute,
			"GET /rollups?sensor=s&series=heat", `{"rollups":[]}`, `"samples":1,"total":4`,
		},
		{
			"idle purge", "Settings per user, delete everything after 10 minutes idle",
			[]string{`PUT /state?user=s&key=a 1`}, 11 * time.Minute,
			"GET /state?user=s&key=a", `"value":1`, `No value is stored`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, err := results.OpenRoot(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			e := &engine.Engine{Root: root}
			scaffolded, err := e.Scaffold(engine.ScaffoldRequest{Spec: c.spec})
			if err != nil {
				t.Fatal(err)
			}
			disk := t.TempDir()
			old := runScaffold(t, root, scaffolded, disk)
			for _, r := range c.before {
				if got := request(t, old, r); strings.Contains(got, "error") {
					t.Fatalf("%s answers %s", r, got)
				}
			}
			old.Close()
			if _, err := e.Scaffold(engine.ScaffoldRequest{Spec: "remind with scheduled events", Grow: true}); err != nil {
				t.Fatal(err)
			}
			grown := runScaffold(t, root, scaffolded, disk)
			if got := request(t, grown, c.read); !strings.Contains(got, c.pending) {
				t.Errorf("with the new code %s answers %s, want %s", c.read, got, c.pending)
			}
			if err := grown.Advance(context.Background(), c.wait); err != nil {
				t.Fatal(err)
			}
			if got := request(t, grown, c.read); !strings.Contains(got, c.done) {
				t.Errorf("when the alarm was due %s answers %s, want %s", c.read, got, c.done)
			}
		})
	}
}

// runScaffold runs what stands in the results directory on a disk.
func runScaffold(t *testing.T, root *results.Root, s *engine.ScaffoldResult, disk string) *workerd.Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	tools, err := toolchain.Locate(ctx, toolchain.Options{})
	if missing := (*toolchain.UnavailableError)(nil); errors.As(err, &missing) {
		t.Skip(missing.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	bundle, faults, err := toolchain.BundleEntry(ctx, toolchain.BundleInput{Dir: filepath.Join(root.Dir(), "results"), Entry: results.DurableObject})
	if err != nil || bundle == nil {
		t.Fatalf("%v %v", err, faults)
	}
	server, err := workerd.Start(ctx, workerd.Config{
		Binary: tools.Workerd.Path, Dir: disk, Script: bundle.JS, CompatibilityDate: "2026-10-01", Clock: true,
		Namespaces: []workerd.Namespace{{Binding: s.Binding, Class: s.Class, SQLite: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// request sends "METHOD path body" and returns the answer's body.
func request(t *testing.T, s *workerd.Server, text string) string {
	t.Helper()
	parts := strings.SplitN(text, " ", 3)
	var body io.Reader
	if len(parts) == 3 {
		body = strings.NewReader(parts[2])
	}
	req, err := http.NewRequest(parts[0], s.URL()+parts[1], body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Do(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer.Body)
}
