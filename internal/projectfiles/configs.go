package projectfiles

import (
	"fmt"
	"strconv"
)

// The packages of the project, at the versions that its files were run with. The
// runtime's types are not among them: `wrangler types` makes those for the very
// compatibility date of wrangler.jsonc, together with Env.
const (
	wranglerVersion   = "4.164.0"
	vitestVersion     = "5.1.1"
	pluginVersion     = "1.5.0"
	typescriptVersion = "7.0.2"
)

func packageJSON(name string) []byte {
	return fmt.Appendf(nil, `{
  "name": %s,
  "private": true,
  "type": "module",
  "engines": { "node": ">=22.12.0" },
  "scripts": {
    "test": "vitest run",
    "check": "wrangler types && tsc",
    "types": "wrangler types",
    "dev": "wrangler dev",
    "deploy": "wrangler deploy"
  },
  "devDependencies": {
    "@cloudflare/vitest-plugin": %q,
    "typescript": %q,
    "vitest": %q,
    "wrangler": %q
  }
}
`, strconv.Quote(name), pluginVersion, typescriptVersion, vitestVersion, wranglerVersion)
}

const tsconfig = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["es2024"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": ["@cloudflare/vitest-plugin/types"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "exactOptionalPropertyTypes": true,
    "noImplicitOverride": true,
    "noFallthroughCasesInSwitch": true,
    "noUnusedLocals": true,
    "noUnusedParameters": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["*.ts"]
}
`

// A test is a long part of the scenario, and the plugin waits for half a minute
// before it says that an object cannot be evicted.
const vitestConfig = `import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.jsonc" } })],
  test: { testTimeout: 60_000 },
});
`

const gitIgnore = `node_modules/
.wrangler/
# Secrets of local development
.dev.vars*
!.dev.vars.example
.env*
!.env.example
# Made by ` + "`wrangler types`" + `
worker-configuration.d.ts
`
