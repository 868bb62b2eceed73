package operations

import (
	"testing"

	"durable-objects-mcp/gotchas/analysistest"
)

func TestQuestionsAreWhole(t *testing.T) { analysistest.Run(t, Family) }
