// Package npm is the lock of the toolchain: what npm installs, in which version.
// It is apart from package toolchain so that whoever only names a version
// depends on nothing.
package npm

import (
	"embed"
	"encoding/json"
)

// Files are package.json and package-lock.json, as npm ci reads them.
//
//go:embed package.json package-lock.json
var Files embed.FS

// Version is the pinned version of a package that package.json names.
func Version(name string) string {
	data, err := Files.ReadFile("package.json")
	if err != nil {
		panic(err) // embedded
	}
	var p struct{ Dependencies map[string]string }
	if err := json.Unmarshal(data, &p); err != nil {
		panic(err) // embedded
	}
	return p.Dependencies[name]
}
