package workerd_test

import (
	"fmt"
	"strings"
	"testing"

	"durable-objects-mcp/internal/workerd"
)

// One Worker that has a binding of every kind and imports every module of
// Cloudflare's that a Worker may starts, and each of them is there.
func TestEveryBindingAndModule(t *testing.T) {
	clients := map[string]string{
		"kv_namespaces": "KvNamespace", "r2_buckets": "R2Bucket", "d1_databases": "D1Database", "queues": "WorkerQueue",
		"analytics_engine_datasets": "AnalyticsEngine", "version_metadata": "Object",
	}
	for _, kind := range []string{
		"ai", "ai_search", "ai_search_namespaces", "assets", "browser", "dispatch_namespaces", "hyperdrive", "images", "media",
		"mtls_certificates", "pipelines", "ratelimits", "secrets_store_secrets", "send_email", "services", "unsafe", "vectorize",
		"vpc_services", "worker_loaders", "workflows",
	} {
		clients[kind] = "Fetcher"
	}
	modules := map[string]string{
		"durable-objects": "retryable", "email": "EmailMessage", "node": "httpServerHandler", "pipelines": "PipelineTransformationEntrypoint",
		"sockets": "connect", "workers": "WorkerEntrypoint", "workflows": "NonRetryableError",
	}

	var imports, names strings.Builder
	for module, name := range modules {
		alias := strings.ReplaceAll(module, "-", "_")
		fmt.Fprintf(&imports, "import { %s as %s } from \"cloudflare:%s\";\n", name, alias, module)
		fmt.Fprintf(&names, "%q: typeof %s, ", module, alias)
	}
	cfg := config(t, "C", imports.String()+`const modules = {`+names.String()+`};
export class C extends DurableObject {
  fetch(request) {
    const { searchParams } = new URL(request.url);
    const module = searchParams.get("module");
    return new Response(module ? modules[module] : this.env[searchParams.get("binding")]?.constructor.name);
  }
}`, false)
	for kind := range clients {
		cfg.Stubs = append(cfg.Stubs, workerd.Stub{Kind: kind, Name: kind})
	}
	s, err := workerd.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for kind, want := range clients {
		if got := get(t, s, "/?binding="+kind); got != want {
			t.Errorf("the binding of %s is a %s, want %s", kind, got, want)
		}
	}
	for module := range modules {
		if got := get(t, s, "/?module="+module); got != "function" {
			t.Errorf("cloudflare:%s gives a %s", module, got)
		}
	}
}
