package lifecycle

import (
	"testing"

	"durable-objects-mcp/gotchas/analysistest"
)

func TestSamples(t *testing.T) { analysistest.Run(t, Family) }
