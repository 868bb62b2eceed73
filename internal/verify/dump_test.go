package verify_test
import ("testing";"os";"context";"durable-objects-mcp/internal/verify";"durable-objects-mcp/internal/results")
func TestDump(t *testing.T) {
	r, code := richReport()
	os.MkdirAll("/tmp/page", 0o755)
	os.WriteFile("/tmp/page/rich.html", r.HTML(code), 0o644)
	root, err := results.OpenRoot("/tmp/full"); if err != nil { t.Fatal(err) }
	g, err := verify.Run(context.Background(), verify.Options{Root: root, ReadOnly: true}); if err != nil { t.Fatal(err) }
	c, _ := os.ReadFile("/tmp/full/results/durable_object.ts")
	os.WriteFile("/tmp/page/good.html", g.HTML(map[string][]byte{"durable_object.ts": c}), 0o644)
}
