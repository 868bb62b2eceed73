// Package toolchain finds or installs the pinned workerd and tsc, makes the
// runtime's types, type-checks and bundles. It runs no user code.
//
// Both tools are native binaries out of npm packages; Node.js is needed for the
// installation only. An installation in the user's own project wins when it is
// recent enough.
package toolchain

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

//go:embed npm/package.json npm/package-lock.json
var npmFiles embed.FS

// The pinned versions, as in npm/package.json. This workerd is the newest that
// is published for all five platforms; older ones than pinnedWorkerd may lack
// the eviction that the proof rests on.
const (
	pinnedWorkerd    = "1.20261023.1"
	pinnedTypeScript = "7.0.2"
)

// Options says where to look and whether to install.
type Options struct {
	// ProjectDir is a directory of the user's project; node_modules of it and
	// of the directories above it are looked at first.
	ProjectDir string
	// CacheDir holds our own installation; "" is DURABLE_OBJECTS_MCP_CACHE, else
	// durable-objects-mcp in the user's cache directory.
	CacheDir string
	// NoInstall keeps npm from being run; DURABLE_OBJECTS_MCP_NO_INSTALL=1 too.
	NoInstall bool
	// Progress receives a line before something slow; it may be nil.
	Progress func(line string)
}

// Tool is one binary.
type Tool struct {
	Path    string
	Version string
	From    string // "cache" or "project"
}

// Toolchain is what Locate found.
type Toolchain struct {
	Workerd Tool
	TSC     Tool
	cache   string
	// generator is the worker.mjs of the workerd package, which makes types.
	generator string
}

// UnavailableError says why there are no tools and what would change that.
type UnavailableError struct{ Reason, Enable string }

func (e *UnavailableError) Error() string { return e.Reason + "; " + e.Enable }

// Locate finds workerd and tsc, and installs what is missing into the cache. An
// *UnavailableError says why neither was possible.
func Locate(ctx context.Context, o Options) (*Toolchain, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	cache, err := cacheDir(o)
	if err != nil {
		return nil, err
	}
	t := &Toolchain{cache: cache}
	for dir := o.ProjectDir; dir != "" && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		t.take(filepath.Join(dir, "node_modules"), "project")
	}
	if t.complete() {
		return t, nil
	}
	own := filepath.Join(cache, "toolchain-"+lockHash())
	if !t.take(filepath.Join(own, "node_modules"), "cache").complete() {
		if err := install(ctx, o, own); err != nil {
			return nil, err
		}
		if !t.take(filepath.Join(own, "node_modules"), "cache").complete() {
			return nil, &UnavailableError{
				Reason: fmt.Sprintf("npm installed the packages, but they hold no workerd or tsc for %s/%s", runtime.GOOS, runtime.GOARCH),
				Enable: "run it on Linux, macOS or Windows on x64 or arm64",
			}
		}
	}
	return t, nil
}

func cacheDir(o Options) (string, error) {
	if o.CacheDir != "" {
		return o.CacheDir, nil
	}
	if dir := os.Getenv("DURABLE_OBJECTS_MCP_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &UnavailableError{Reason: "there is no cache directory for this user: " + err.Error(), Enable: "name one in DURABLE_OBJECTS_MCP_CACHE"}
	}
	return filepath.Join(dir, "durable-objects-mcp"), nil
}

// take looks into a node_modules directory for tools that are still missing.
func (t *Toolchain) take(modules, from string) *Toolchain {
	if t.Workerd.Path == "" {
		v := packageVersion(modules, "workerd")
		bin := filepath.Join(modules, "@cloudflare", "workerd-"+workerdPlatform(), "bin", "workerd"+exe())
		if v != "" && !older(v, pinnedWorkerd) && isFile(bin) && isFile(filepath.Join(modules, "workerd", "worker.mjs")) {
			t.Workerd = Tool{Path: bin, Version: v, From: from}
			t.generator = filepath.Join(modules, "workerd", "worker.mjs")
		}
	}
	if t.TSC.Path == "" {
		v := packageVersion(modules, "typescript")
		bin := filepath.Join(modules, "@typescript", "typescript-"+npmPlatform(), "lib", "tsc"+exe())
		if v != "" && !older(v, "7.0.0") && isFile(bin) {
			t.TSC = Tool{Path: bin, Version: v, From: from}
		}
	}
	return t
}

func (t *Toolchain) complete() bool { return t.Workerd.Path != "" && t.TSC.Path != "" }

func packageVersion(modules, name string) string {
	data, err := os.ReadFile(filepath.Join(modules, name, "package.json"))
	if err != nil {
		return ""
	}
	var p struct{ Version string }
	if json.Unmarshal(data, &p) != nil {
		return ""
	}
	return p.Version
}

// older compares versions part by part; what is no number counts as zero.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		x, y := part(as, i), part(bs, i)
		if x != y {
			return x < y
		}
	}
	return false
}

func part(parts []string, i int) (n int) {
	if i < len(parts) {
		fmt.Sscanf(parts[i], "%d", &n)
	}
	return n
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// workerdPlatform names the package of workerd's binary for this machine.
func workerdPlatform() string {
	system := map[string]string{"windows": "windows"}[runtime.GOOS]
	if system == "" {
		system = runtime.GOOS
	}
	if runtime.GOARCH == "arm64" && runtime.GOOS != "windows" {
		return system + "-arm64"
	}
	return system + "-64"
}

// npmPlatform is this machine in npm's words.
func npmPlatform() string {
	system := map[string]string{"windows": "win32"}[runtime.GOOS]
	if system == "" {
		system = runtime.GOOS
	}
	if runtime.GOARCH == "amd64" {
		return system + "-x64"
	}
	return system + "-" + runtime.GOARCH
}

func lockHash() string {
	data, err := npmFiles.ReadFile("npm/package-lock.json")
	if err != nil {
		panic(err) // embedded
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// install runs npm ci in a directory beside the target and renames it when it
// is whole, so that a broken installation is never used. A file lock keeps two
// processes from doing it twice.
func install(ctx context.Context, o Options, target string) error {
	const how = "install Node.js with npm (nodejs.org) and let it reach the npm registry, then run again"
	if o.NoInstall || os.Getenv("DURABLE_OBJECTS_MCP_NO_INSTALL") == "1" {
		return &UnavailableError{Reason: "workerd and tsc are not installed, and installing is switched off", Enable: "allow it (unset DURABLE_OBJECTS_MCP_NO_INSTALL), or install workerd and typescript in the project"}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return &UnavailableError{Reason: "workerd and tsc are not installed, and npm, which installs them, was not found", Enable: how}
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return &UnavailableError{Reason: "the cache directory cannot be created: " + err.Error(), Enable: "name another one in DURABLE_OBJECTS_MCP_CACHE"}
	}
	lock := flock.New(target + ".lock")
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return fmt.Errorf("waiting for another installation: %w", err)
	}
	defer lock.Unlock()
	if isFile(filepath.Join(target, "package.json")) {
		return nil // the other process did it
	}
	o.Progress(fmt.Sprintf("installing workerd %s and typescript %s with npm, once, about 175 MiB", pinnedWorkerd, pinnedTypeScript))
	temp, err := os.MkdirTemp(filepath.Dir(target), "installing-")
	if err != nil {
		return &UnavailableError{Reason: "the cache directory cannot be written: " + err.Error(), Enable: "name another one in DURABLE_OBJECTS_MCP_CACHE"}
	}
	defer os.RemoveAll(temp)
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := npmFiles.ReadFile("npm/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(temp, name), data, 0o644); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	out, err := runIn(ctx, temp, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &UnavailableError{Reason: "npm could not install workerd and tsc: " + meaningful(out), Enable: how}
	}
	if err := os.Rename(temp, target); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("moving the installation into the cache: %w", err)
	}
	return nil
}

// meaningful is the first line of npm's output that says what went wrong.
func meaningful(out []byte) string {
	best := "it gave no reason"
	for _, line := range strings.Split(string(out), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "npm error"), "npm ERR!"))
		if line == "" || strings.HasPrefix(line, "A complete log") || strings.HasPrefix(line, "code ") {
			continue
		}
		best = line
		break
	}
	if len(best) > 300 {
		best = best[:300] + "…"
	}
	return best
}

const maxOutput = 1 << 20

// runIn runs a child in a directory, bounded in time by ctx and in output, and
// returns what it printed.
func runIn(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out limited
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	group(cmd)
	err := cmd.Run()
	return out.buf, err
}

type limited struct{ buf []byte }

func (l *limited) Write(b []byte) (int, error) {
	if room := maxOutput - len(l.buf); room > 0 {
		l.buf = append(l.buf, b[:min(room, len(b))]...)
	}
	return len(b), nil
}
