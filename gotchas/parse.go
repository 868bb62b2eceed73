package gotchas

import (
	"bytes"
	"runtime"
	"sync"

	"durable-objects-mcp/internal/syntax"
)

type outcome struct {
	tree *syntax.Tree
	err  error
}

// Parses keeps the trees of files that several reviews have in common, as the
// packages of a workspace that many Workers import. It may be used by several
// goroutines; nil keeps nothing.
type Parses struct {
	shared map[string]*parse // by path; the map does not change
}

// parse is the tree of one file, once some review has asked for it.
type parse struct {
	once   sync.Once
	source []byte
	outcome
}

// Share returns what reviews of several projects need to parse each file once that
// more than one of them has. The trees of the others go with their review.
func Share(projects []Input) *Parses {
	p := &Parses{shared: map[string]*parse{}}
	seen := map[string]bool{}
	for _, in := range projects {
		for _, files := range [][]File{in.Files, in.Context} {
			for _, f := range files {
				if seen[f.Path] {
					p.shared[f.Path] = &parse{}
				}
				seen[f.Path] = true
			}
		}
	}
	return p
}

func (p *Parses) parse(f File) outcome {
	if p != nil {
		if kept := p.shared[f.Path]; kept != nil {
			kept.once.Do(func() {
				kept.source = f.Source
				kept.tree, kept.err = syntax.Parse(f.Path, f.Source)
			})
			if bytes.Equal(kept.source, f.Source) {
				return kept.outcome
			}
		}
	}
	tree, err := syntax.Parse(f.Path, f.Source)
	return outcome{tree, err}
}

// parseAll parses each path's first text, several at a time.
func (p *Parses) parseAll(files []File) map[string]outcome {
	if len(files) == 1 { // not worth another goroutine
		return map[string]outcome{files[0].Path: p.parse(files[0])}
	}
	out := make(map[string]outcome, len(files))
	work := make(chan File)
	var lock sync.Mutex
	var workers sync.WaitGroup
	for range min(len(files), runtime.GOMAXPROCS(0), 8) {
		workers.Go(func() {
			for f := range work {
				o := p.parse(f)
				lock.Lock()
				out[f.Path] = o
				lock.Unlock()
			}
		})
	}
	seen := make(map[string]bool, len(files))
	for _, f := range files {
		if !seen[f.Path] {
			seen[f.Path] = true
			work <- f
		}
	}
	close(work)
	workers.Wait()
	return out
}
