package traffic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/workerd"
	"durable-objects-mcp/internal/wrangler"
)

// originals are correct objects of many styles, each with its configuration.
const originals = "../../gotchas/testdata/mutation/originals/"

// A subject is one object to derive traffic for.
type subject struct {
	name   string
	file   string
	config *wrangler.Config
}

func subjects(t *testing.T) []subject {
	t.Helper()
	files, err := filepath.Glob(originals + "*.ts")
	if err != nil || len(files) == 0 {
		t.Fatalf("no objects in %s: %v", originals, err)
	}
	var out []subject
	for _, f := range files {
		s := subject{name: filepath.Base(f), file: f}
		if raw, err := os.ReadFile(strings.TrimSuffix(f, ".ts") + ".jsonc"); err == nil {
			s.config = parsedConfig(t, string(raw))
		}
		out = append(out, s)
	}
	for _, o := range [][3]string{{"chat_room.ts", "CHAT_ROOM", "ChatRoom"}, {"everything.ts", "SAMPLE", "Sample"}} {
		out = append(out, subject{o[0], "../scaffold/testdata/" + o[0], parsedConfig(t, fmt.Sprintf(`{"main": %q, "compatibility_date": "2026-10-01",
			"durable_objects": {"bindings": [{"name": %q, "class_name": %q}]}, "migrations": [{"tag": "v1", "new_sqlite_classes": [%q]}]}`, o[0], o[1], o[2], o[2]))})
	}
	return out
}

func parsedConfig(t *testing.T, raw string) *wrangler.Config {
	t.Helper()
	cfg, err := wrangler.Parse("wrangler.jsonc", []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func (s subject) plan(t *testing.T) *Plan {
	t.Helper()
	src, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	return FromFiles([]File{{s.name, src}}, "", s.config)
}

// start runs the object on workerd; a reason is given where it cannot be.
func (s subject) start(t *testing.T, tools *toolchain.Toolchain) (*workerd.Server, string) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Dir(s.file))
	if err != nil {
		t.Fatal(err)
	}
	b, diags, err := toolchain.BundleEntry(t.Context(), toolchain.BundleInput{Dir: dir, Entry: s.name})
	if err != nil {
		t.Fatal(err)
	}
	if b == nil {
		return nil, "it does not bundle: " + diags[0].Message
	}
	date, _ := toolchain.CompatibilityDate(s.config.CompatibilityDate.Value, tools.Workerd.Version)
	cfg := workerd.Config{Binary: tools.Workerd.Path, Script: b.JS, CompatibilityDate: date, Vars: s.config.Vars, Clock: true}
	for _, f := range s.config.CompatibilityFlags {
		cfg.CompatibilityFlags = append(cfg.CompatibilityFlags, f.Value)
	}
	for _, n := range s.config.Bindings {
		if n.ScriptName == "" {
			cfg.Namespaces = append(cfg.Namespaces, workerd.Namespace{Binding: n.Name, Class: n.ClassName, SQLite: s.config.Class(n.ClassName).Backend != "kv"})
		}
	}
	for _, o := range s.config.Others {
		cfg.Stubs = append(cfg.Stubs, workerd.Stub{Kind: o.Kind, Name: o.Name})
	}
	server, err := workerd.Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("%s does not start: %v", s.name, err)
	}
	t.Cleanup(server.Close)
	return server, ""
}

// visitor plays a plan once and says of each step whether it was answered.
type visitor struct {
	server *workerd.Server
	open   map[string]*workerd.Socket
}

// refusals are the answers of a route that is not there or not met.
var refusals = []int{400, 401, 403, 404, 405, 415, 422, 426, 500}

func (v *visitor) step(ctx context.Context, s scenario.Step) error {
	switch {
	case s.HTTP != nil:
		return v.http(ctx, s.HTTP)
	case s.RPC != nil:
		return v.rpc(ctx, s.RPC)
	case s.Burst != nil:
		r := s.Burst.Requests()[0]
		if r.HTTP != nil {
			return v.http(ctx, r.HTTP)
		}
		return v.rpc(ctx, r.RPC)
	case s.Open != nil:
		address, headers, err := v.address(s.Open.To, s.Open.Path, s.Open.Headers)
		if err != nil {
			return err
		}
		sock, _, err := v.server.DialAt(ctx, address, headers)
		if err == nil {
			v.open[s.Open.Socket] = sock
		}
		return err
	case s.Send != nil:
		text := s.Send.Text
		if s.Send.JSON != nil {
			text = string(s.Send.JSON)
		}
		if v.open[s.Send.Socket] == nil {
			return errors.New("not open")
		}
		return v.open[s.Send.Socket].Send(ctx, text)
	case s.Close != nil:
		if v.open[s.Close.Socket] == nil {
			return errors.New("not open")
		}
		_, err := v.open[s.Close.Socket].Close(ctx, s.Close.Code, "")
		return err
	case s.Advance != nil:
		return v.server.Advance(ctx, time.Duration(s.Advance.MS)*time.Millisecond)
	}
	return errors.New("an unknown step")
}

func header(m map[string]string) http.Header {
	h := http.Header{}
	for k, val := range m {
		h.Set(k, val)
	}
	return h
}

func (v *visitor) address(to scenario.To, path string, headers map[string]string) (string, http.Header, error) {
	h := header(headers)
	if to.Class == "" {
		return v.server.URL() + path, h, nil
	}
	address, more, err := v.server.Direct(to.Class, to.ObjectName(), path)
	maps.Copy(h, more)
	return address, h, err
}

func (v *visitor) http(ctx context.Context, h *scenario.HTTP) error {
	body := []byte(h.Body)
	if h.JSON != nil {
		body = h.JSON
	}
	address, headers, err := v.address(h.To, h.Path, h.Headers)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, h.MethodOrGet(), address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = headers
	resp, err := v.server.Do(ctx, req)
	if err != nil {
		return err
	}
	if slices.Contains(refusals, resp.Status) {
		return fmt.Errorf("%d %.100s", resp.Status, resp.Body)
	}
	return nil
}

func (v *visitor) rpc(ctx context.Context, r *scenario.RPC) error {
	name := r.Object
	if name == "" {
		name = scenario.DefaultObject
	}
	a, err := v.server.Call(ctx, workerd.Call{Class: r.Class, Object: name, Method: r.Method, Args: r.Args})
	if err == nil && a.Threw != "" {
		return errors.New("threw " + a.Threw)
	}
	return err
}

// TestAnswers plays what is derived on real workerd. An entry point counts as
// answered when one of its steps was neither refused nor thrown at.
func TestAnswers(t *testing.T) {
	tools, err := toolchain.Locate(t.Context(), toolchain.Options{})
	var missing *toolchain.UnavailableError
	if errors.As(err, &missing) {
		t.Skip(missing.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	answered, entries := 0, 0
	for _, s := range subjects(t) {
		if s.config == nil {
			continue // a test file without a Worker
		}
		p := s.plan(t)
		server, why := s.start(t, tools)
		if server == nil {
			fmt.Fprintf(&table, "%-22s not run: %s\n", s.name, why)
			continue
		}
		v := &visitor{server: server, open: map[string]*workerd.Socket{}}
		fine := make([]bool, len(p.Scenario.Steps))
		var failures []string
		good := 0
		for i, st := range p.Scenario.Steps {
			err := v.step(t.Context(), st)
			fine[i] = err == nil
			if err == nil {
				good++
				continue
			}
			if text := fmt.Sprintf("    %s: %v", stepText(st), err); st.Burst == nil && !slices.Contains(failures, text) {
				failures = append(failures, text)
			}
		}
		reached := 0
		for _, e := range p.Entries {
			if slices.ContainsFunc(e.Steps, func(i int) bool { return fine[i] }) {
				reached++
			} else {
				failures = append(failures, fmt.Sprintf("    entry %s.%s was not answered", e.Class, e.Name))
			}
		}
		answered, entries = answered+reached, entries+len(p.Entries)
		fmt.Fprintf(&table, "%-22s %2d of %2d entry points, %2d of %2d steps\n", s.name, reached, len(p.Entries), good, len(fine))
		for _, f := range failures {
			fmt.Fprintln(&table, f)
		}
		server.Close()
	}
	t.Logf("answered:\n%s%d of %d entry points", table.String(), answered, entries)
	if 100*answered < 90*entries {
		t.Errorf("%d of %d entry points are answered; at least 90 %% were", answered, entries)
	}
}
