package results

import (
	"fmt"
	"io/fs"
)

// skipped are directories that hold no source of the user's own.
var skipped = map[string]bool{
	"node_modules": true, ".git": true, "dist": true, "build": true, ".wrangler": true, ".next": true, "coverage": true, "vendor": true,
}

// Walk calls fn with every regular file below rel, in lexical order. Symlinks
// are not followed. It gives up after max files.
func (r *Root) Walk(rel string, max int, fn func(name string) error) error {
	seen := 0
	return fs.WalkDir(r.root.FS(), rel, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == rel:
			return r.explain(rel, err)
		case err != nil:
			return nil // an unreadable corner of the tree does not stop the rest
		case d.IsDir():
			if name != rel && skipped[d.Name()] {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		if seen++; seen > max {
			return fmt.Errorf("%s holds more than %d files; name the directory that the Durable Objects are in", rel, max)
		}
		return fn(name)
	})
}
