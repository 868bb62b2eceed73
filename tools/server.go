// Package tools is the MCP face: the server, its four tools, its resources and
// its prompt. Each tool has a file of its own with its description, its schema
// and a handler that calls one function of the engine.
package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/resources"
)

// Name is the server's name and the binary's.
const Name = "durable-objects-mcp"

// Options configures a server.
type Options struct {
	Engine  *engine.Engine
	Version string
	// Log receives one line for each request; nil is silent. It must not be
	// standard output, which carries the protocol.
	Log *slog.Logger
}

// cacheTTL is how long a client may keep lists and texts: they are compiled in.
const cacheTTL = 3_600_000 // milliseconds

// NewServer builds the server that both the command and the tests run.
func NewServer(o Options) *server.MCPServer {
	opts := []server.ServerOption{
		server.WithTitle("Durable Objects"),
		server.WithDescription("Scaffolds, configures, reviews and proves Cloudflare Durable Objects."),
		server.WithInstructions(resources.Instructions()),
		server.WithToolCapabilities(false),
		server.WithResourceCapabilities(false, false),
		server.WithPromptCapabilities(false),
		server.WithCacheHints(cacheTTL, mcp.CacheScopePublic),
		server.WithRecovery(),
		server.WithResourceRecovery(),
	}
	if o.Log != nil {
		opts = append(opts, server.WithLogger(o.Log))
	}
	s := server.NewMCPServer(Name, o.Version, opts...)
	for _, t := range []tool{scaffoldTool(o.Engine), configTool(o.Engine), reviewTool(o.Engine), verifyTool(o.Engine)} {
		s.AddTool(t.definition(), t.handler())
	}
	addResources(s)
	addPrompt(s)
	return s
}

// Serve speaks MCP on the given streams until the input ends or ctx is done.
func Serve(ctx context.Context, s *server.MCPServer, in io.Reader, out io.Writer) error {
	err := server.NewStdioServer(s).Listen(ctx, in, out)
	if errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func addResources(s *server.MCPServer) {
	for _, r := range resources.All() {
		addResource(s, r)
	}
	for _, g := range gotchas.All() {
		addResource(s, resources.Resource{
			URI: gotchas.URI(g.ID), Name: "gotcha-" + g.ID, Title: g.Title, Priority: 0.4, MIMEType: resources.Markdown, Text: gotchas.Page(g),
			Description: fmt.Sprintf("Gotcha %s (%s): what goes wrong, what to write instead, what only looks wrong, and how it is known.", g.ID, g.Severity),
		})
	}
}

func addResource(s *server.MCPServer, r resources.Resource) {
	res := mcp.NewResource(r.URI, r.Name,
		mcp.WithResourceTitle(r.Title), mcp.WithResourceDescription(r.Description), mcp.WithMIMEType(r.MIMEType),
		mcp.WithResourceSize(int64(len(r.Text))), mcp.WithAnnotations([]mcp.Role{mcp.RoleAssistant, mcp.RoleUser}, r.Priority, ""),
	)
	s.AddResource(res, func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.URI, MIMEType: r.MIMEType, Text: r.Text}}, nil
	})
}

// PromptName is the prompt that carries the runbook.
const PromptName = "build_durable_object"

func addPrompt(s *server.MCPServer) {
	p := mcp.NewPrompt(PromptName,
		mcp.WithPromptTitle("Build a Durable Object"),
		mcp.WithPromptDescription("The runbook: from a spec to a reviewed, configured and proven Durable Object in five files."),
		mcp.WithArgument("spec", mcp.ArgumentDescription("What to build: behaviour, persistence, scheduling, API."), mcp.RequiredArgument()),
		mcp.WithArgument("results_dir", mcp.ArgumentDescription("Where the files go; default results.")),
	)
	s.AddPrompt(p, func(_ context.Context, req mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		spec := req.Params.Arguments["spec"]
		if spec == "" {
			return nil, errors.New("the argument spec is missing: say what Durable Object to build")
		}
		dir := req.Params.Arguments["results_dir"]
		if dir == "" {
			dir = "results"
		}
		return mcp.NewGetPromptResult("Build a Durable Object", []mcp.PromptMessage{
			mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(resources.Runbook(spec, dir))),
		}), nil
	})
}
