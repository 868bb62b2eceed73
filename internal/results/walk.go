package results

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// skipped are directories of dependencies and of build outputs.
var skipped = map[string]bool{
	"node_modules": true, "bower_components": true, "vendor": true, "dist": true, "build": true, "out": true, "coverage": true, "__generated__": true,
}

// Skipped reports a directory that holds no source of the user's own: hidden
// ones (.git, .wrangler, .next, …), dependencies and build outputs.
func Skipped(dir string) bool {
	name := path.Base(dir)
	return skipped[name] || strings.HasPrefix(name, ".") && name != "." && name != ".."
}

// Walk calls fn with every regular file below rel, in lexical order; with an
// error, for a directory that cannot be read. Symlinks are not followed, and
// [Skipped] directories are not entered. It gives up after max files.
func (r *Root) Walk(rel string, max int, fn func(name string, err error) error) error {
	seen := 0
	return fs.WalkDir(r.root.FS(), rel, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == rel:
			return r.explain(rel, err)
		case err != nil:
			return fn(name, r.explain(name, err))
		case d.IsDir():
			if name != rel && Skipped(name) {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		if seen++; seen > max {
			return fmt.Errorf("%s holds more than %d files; name the directory that the Durable Objects are in", rel, max)
		}
		return fn(name, nil)
	})
}

// Names are the files of a directory, in lexical order; none for one that cannot
// be read.
func (r *Root) Names(rel string) []string {
	entries, err := fs.ReadDir(r.root.FS(), rel)
	if err != nil {
		return nil
	}
	var names []string
	for _, d := range entries {
		if !d.IsDir() {
			names = append(names, d.Name())
		}
	}
	return names
}

// Entries are the names in a directory: true for a regular file, false for
// anything else. There are none in one that cannot be read.
func (r *Root) Entries(rel string) map[string]bool {
	entries, err := fs.ReadDir(r.root.FS(), rel)
	if err != nil {
		return nil
	}
	out := make(map[string]bool, len(entries))
	for _, d := range entries {
		out[d.Name()] = d.Type().IsRegular()
	}
	return out
}
