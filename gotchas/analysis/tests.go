package analysis

import "durable-objects-mcp/internal/model"

// TestFile reports a path that a project keeps for its tests and benchmarks, whose
// objects live for one run.
func TestFile(path string) bool { return model.TestFile(path) }
