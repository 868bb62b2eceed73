// Command bare is the smallest mcp-go server with one tool: what the benchmark
// measures the real server's start against.
package main

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func main() {
	s := server.NewMCPServer("bare", "1")
	s.AddTool(mcp.NewTool("hello", mcp.WithString("source")), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("hello"), nil
	})
	if err := server.ServeStdio(s); err != nil {
		panic(err)
	}
}
