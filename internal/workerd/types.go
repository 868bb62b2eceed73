package workerd

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// RuntimeTypes asks workerd's own type generator, the worker.mjs of its npm
// package, for the TypeScript declarations of one compatibility date and flags.
func RuntimeTypes(ctx context.Context, binary, generator, date string, flags []string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "do-types-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	src, err := os.ReadFile(generator)
	if err != nil {
		return nil, fmt.Errorf("workerd's type generator is missing: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "worker.mjs"), src, 0o600); err != nil {
		return nil, err
	}
	const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "types", worker = (
    modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
    compatibilityDate = "2024-01-01", compatibilityFlags = ["nodejs_compat", "rtti_api"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "types")]);
`
	p, err := launch(ctx, binary, dir, config, []string{"http"}, limits{})
	if err != nil {
		return nil, err
	}
	defer p.stop()
	path := "/" + strings.Join(append([]string{date}, flags...), "+")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", p.ports["http"], path), nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("generating the runtime's types: %w", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("generating the runtime's types: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		why, _, _ := strings.Cut(string(data), "\n") // the rest is a stack inside the generator
		return nil, fmt.Errorf("the runtime's types for %s cannot be made: %.200s", date, strings.TrimPrefix(why, "Error: "))
	}
	return data, nil
}
