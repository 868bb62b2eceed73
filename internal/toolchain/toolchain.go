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
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	pinned "durable-objects-mcp/internal/toolchain/npm"
)

// The pinned versions. This workerd is the newest that is published for all five
// platforms; older ones than pinnedWorkerd may lack the eviction that the proof
// rests on.
var (
	pinnedWorkerd    = pinned.Version("workerd")
	pinnedTypeScript = pinned.Version("typescript")
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
	if t.take(filepath.Join(own, "node_modules"), "cache").complete() {
		return t, nil
	}
	if err := install(ctx, o, own); err != nil {
		return nil, err
	}
	if !t.take(filepath.Join(own, "node_modules"), "cache").complete() {
		return nil, fmt.Errorf("the installation in %s disappeared while it was being used; run again", own)
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
		bin := filepath.Join(beside(modules, "workerd"), "@cloudflare", "workerd-"+workerdPlatform(), "bin", "workerd"+exe())
		if v != "" && !older(v, pinnedWorkerd) && isFile(bin) && isFile(filepath.Join(modules, "workerd", "worker.mjs")) {
			t.Workerd = Tool{Path: bin, Version: v, From: from}
			t.generator = filepath.Join(modules, "workerd", "worker.mjs")
		}
	}
	if t.TSC.Path == "" {
		v := packageVersion(modules, "typescript")
		bin := filepath.Join(beside(modules, "typescript"), "@typescript", "typescript-"+npmPlatform(), "lib", "tsc"+exe())
		if v != "" && !older(v, "7.0.0") && isFile(bin) {
			t.TSC = Tool{Path: bin, Version: v, From: from}
		}
	}
	return t
}

// beside is the directory that holds a package and its platform's binary. It is
// node_modules itself, or, where a package is a link as under pnpm, the one that
// the link leads to.
func beside(modules, name string) string {
	real, err := filepath.EvalSymlinks(filepath.Join(modules, name))
	if err != nil {
		return modules
	}
	return filepath.Dir(real)
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
	data, err := pinned.Files.ReadFile("package-lock.json")
	if err != nil {
		panic(err) // embedded
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

const installTimeout = 5 * time.Minute

// install runs npm ci in a directory beside the target and renames it when it
// is whole, so that a broken installation is never used. A file lock keeps two
// processes from doing it twice.
func install(ctx context.Context, o Options, target string) error {
	const how = "install Node.js with npm (nodejs.org) and let it reach the npm registry, then run again"
	const elsewhere = "name another directory in DURABLE_OBJECTS_MCP_CACHE"
	if o.NoInstall || os.Getenv("DURABLE_OBJECTS_MCP_NO_INSTALL") == "1" {
		return &UnavailableError{Reason: "workerd and tsc are not installed, and installing is switched off", Enable: "allow it (unset DURABLE_OBJECTS_MCP_NO_INSTALL), or install workerd and typescript in the project"}
	}
	if !served(runtime.GOOS, runtime.GOARCH) {
		return &UnavailableError{Reason: fmt.Sprintf("workerd is not published for %s/%s", runtime.GOOS, runtime.GOARCH), Enable: "run it on Linux, macOS or Windows on x64 or arm64"}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return &UnavailableError{Reason: "workerd and tsc are not installed, and npm, which installs them, was not found", Enable: how}
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return &UnavailableError{Reason: "the cache directory cannot be created: " + err.Error(), Enable: elsewhere}
	}
	lock := flock.New(target + ".lock")
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &UnavailableError{Reason: "the cache directory cannot be locked: " + err.Error(), Enable: elsewhere}
	}
	defer lock.Unlock()
	if new(Toolchain).take(filepath.Join(target, "node_modules"), "").complete() {
		return nil // the other process did it
	}
	o.Progress(fmt.Sprintf("installing workerd %s and typescript %s with npm, once, about 175 MiB", pinnedWorkerd, pinnedTypeScript))
	temp, err := os.MkdirTemp(filepath.Dir(target), "installing-")
	if err != nil {
		return &UnavailableError{Reason: "the cache directory cannot be written: " + err.Error(), Enable: elsewhere}
	}
	defer os.RemoveAll(temp)
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := pinned.Files.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(temp, name), data, 0o644); err != nil {
			return err
		}
	}
	patience, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	// The binaries are optional dependencies, which a user's npm configuration
	// may omit. npm's own waits between retries add up to a minute offline.
	out, err := child{dir: temp}.run(patience, npm, "ci", "--ignore-scripts", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error",
		"--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case patience.Err() != nil:
		return &UnavailableError{Reason: fmt.Sprintf("npm did not install workerd and tsc within %s", installTimeout), Enable: how}
	case err != nil:
		return &UnavailableError{Reason: "npm could not install workerd and tsc: " + meaningful(out), Enable: how}
	}
	if err := runs(ctx, temp); err != nil {
		return err
	}
	// What lies at the target is not whole, or it would have been used.
	if err := os.RemoveAll(target); err != nil {
		return &UnavailableError{Reason: "a broken installation cannot be removed: " + err.Error(), Enable: elsewhere}
	}
	if err := os.Rename(temp, target); err != nil {
		return fmt.Errorf("moving the installation into the cache: %w", err)
	}
	return nil
}

// served reports whether workerd and tsc are published for a system.
func served(system, arch string) bool {
	return slices.Contains([]string{"linux", "darwin", "windows"}, system) && slices.Contains([]string{"amd64", "arm64"}, arch)
}

// runs tries the installed workerd, which needs glibc and so does not start
// everywhere that npm puts it.
func runs(ctx context.Context, dir string) error {
	t := new(Toolchain).take(filepath.Join(dir, "node_modules"), "")
	if !t.complete() {
		return &UnavailableError{
			Reason: fmt.Sprintf("npm installed the packages without the binaries for %s/%s", runtime.GOOS, runtime.GOARCH),
			Enable: "see whether npm is configured for another system (os, cpu, libc), then run again",
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if out, err := (child{dir: dir}).run(ctx, t.Workerd.Path, "--version"); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		why := err.Error()
		if len(out) > 0 {
			why = meaningful(out)
		}
		return &UnavailableError{Reason: "the installed workerd does not run on this system: " + why, Enable: "on Linux it needs glibc 2.27 or newer; run it where that is there"}
	}
	return nil
}

// npmNoise starts the lines of npm's error report that give no reason.
var npmNoise = []string{"A complete log", "code ", "errno ", "syscall ", "at "}

// meaningful is the first line of a tool's output that says what went wrong.
func meaningful(out []byte) string {
	best := "it gave no reason"
	for _, line := range strings.Split(string(out), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "npm error"), "npm ERR!"))
		if line == "" || slices.ContainsFunc(npmNoise, func(n string) bool { return strings.HasPrefix(line, n) }) {
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
