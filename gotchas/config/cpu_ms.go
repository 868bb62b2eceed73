package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
)

// maxCPU is in milliseconds of CPU time for one event.
const maxCPU = 300_000

var cpuMs = &analysis.Gotcha{
	ID:       "cfg-cpu-ms",
	Title:    "limits.cpu_ms is outside 1 to 300,000",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why:      "The CPU time of one event is 30 seconds by default and five minutes at most. wrangler does not check the value, so a wrong one is found out late or has no effect.",
	Fix:      "Set limits.cpu_ms between 1 and 300000 (milliseconds), and cut longer work into steps of an alarm.",
	Fine: []string{
		"No limits at all: the default of 30,000 ms applies.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/limits/",
		"Measured with wrangler 4.164.0: the dry run accepts any number.",
	},
	Check: checkCPUms,
}

func checkCPUms(p *analysis.Pass) {
	p.NotApplicable("limits.cpu_ms is not set, so the default of 30,000 ms applies.")
	problems(p, "limits")
	for _, l := range levels(p.Config) {
		cpu := l.scope.CPUms
		switch {
		case !cpu.Set:
		case cpu.Value < 1 || cpu.Value > maxCPU || cpu.Value != float64(int64(cpu.Value)):
			p.ReportConfig(analysis.Error, cpu.Pos, fmt.Sprintf("cpu_ms is %v; allowed are whole numbers from 1 to %d.", cpu.Value, maxCPU), "")
		default:
			p.GuardConfig(cpu.Pos, "The limit is within the allowed range.")
		}
	}
}
