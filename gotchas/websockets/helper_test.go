package websockets

import (
	"strings"
	"testing"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

func module(t *testing.T, path, src string) *model.Module {
	t.Helper()
	tree, err := syntax.Parse(path, []byte(src))
	if err != nil || len(tree.Partial) > 0 {
		t.Fatalf("%s does not parse: %v", path, err)
	}
	return model.Build(tree, nil)
}

func TestStandardAcceptInAnotherFile(t *testing.T) {
	room := module(t, "src/room.ts", `
import { attach } from "./sockets";
export class Room implements DurableObject {
  constructor(private readonly state: DurableObjectState) {}
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    await attach(new Set<WebSocket>(), server);
    return new Response(null, { status: 101, webSocket: client });
  }
}`)
	for helper, want := range map[string]string{
		`export const attach = async (all: Set<WebSocket>, ws: WebSocket) => { ws.accept(); all.add(ws); };`: "7: Room hands its end of the pair to attach, which accepts it with accept() on line 1 of src/sockets.ts",
		`export const attach = async (all: Set<WebSocket>, ws: WebSocket) => { all.add(ws); };`:              "",
	} {
		p := &analysis.Pass{Gotcha: standardAccept, Module: room, Modules: []*model.Module{room, module(t, "src/sockets.ts", helper)}}
		checkStandardAccept(p)
		got := ""
		for _, f := range p.Findings {
			got += strings.TrimSpace(string(rune('0'+f.Line)) + ": " + f.Message)
		}
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s\n got  %q\n want %q", helper, got, want)
		}
	}
}
