package projectfiles

import (
	"math/rand/v2"
	"strings"
	"testing"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scaffold"
)

// AnyObjects are scaffolded from specs that are put together by chance.
func AnyObjects(t testing.TB, n int) []Object {
	t.Helper()
	pieces := strings.Split(`chat|WebSocket broadcast per room|at GET /count|counter per user|increments|10k req/s|5 messages per second per user|max 1 users|max 2kb messages|rate limit 3/min|lock|lease of 2 hours|expires after 1 second|every 3 seconds|hourly|reminders|delete after 2 seconds idle|purge when idle for 300 days|sharded over 900 shards|settings|POST /a-rather-long-path-that-goes-on/and-on/and-on/for-no-good-reason/at-all|lock per document|lock per an_identifier_of_many_chars|each game lobby|500 ms idle cleanup`, "|")
	random := rand.New(rand.NewPCG(1, 2))
	var out []Object
	for len(out) < n {
		var spec []string
		for range 1 + random.IntN(6) {
			spec = append(spec, pieces[random.IntN(len(pieces))])
		}
		bp, err := blueprint.Read(strings.Join(spec, ", "), blueprint.Options{})
		if err != nil {
			continue
		}
		s, err := scaffold.Render(bp, scaffold.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Object{Class: s.Class, Binding: s.Binding, WorkerName: s.WorkerName, Scenario: s.Scenario})
	}
	return out
}
