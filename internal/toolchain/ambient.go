package toolchain

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxAmbient and ambientDepth bound the search for declaration files: a
	// project keeps them near its top.
	maxAmbient   = 100
	ambientDepth = 3
	maxAmbientMB = 4
)

// runtimeMark is where `wrangler types` starts the runtime's declarations in
// the file that it generates.
var runtimeMark = []byte("// Begin runtime types")

// ambient finds the project's own declaration files, and whether one of them
// declares Env. A generated file that holds the runtime's types as well goes in
// without them, as a copy in dir: they are of some other date, and there are to
// be no two of each.
func ambient(project, dir string) (files []string, env bool, err error) {
	err = filepath.WalkDir(project, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // unreadable directories are none of the type check's business
		}
		rel, err := filepath.Rel(project, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			deep := strings.Count(filepath.ToSlash(rel), "/") >= ambientDepth
			if rel != "." && (deep || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !strings.HasSuffix(d.Name(), ".d.ts") {
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() > maxAmbientMB<<20 {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		if i := bytes.Index(text, runtimeMark); i >= 0 {
			text = text[:i]
			path = filepath.Join(dir, rel)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				return err
			}
		}
		files = append(files, path)
		env = env || !isModule(text) && declaresEnv.Match(text)
		if len(files) == maxAmbient {
			return fs.SkipAll
		}
		return nil
	})
	return files, env, err
}
