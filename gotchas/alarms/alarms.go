// Package alarms holds the gotchas of the one alarm that each object has: when
// it is set, what replaces it, and what its handler may rely on.
package alarms

import (
	"embed"

	"durable-objects-mcp/gotchas/analysis"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "alarms",
	Title:   "Alarms",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		alarmSingle, alarmMissingHandler, alarmUnits, alarmOnFreshInstance, alarmThrow,
		alarmNotRearmed, alarmUnreachedBranch, alarmEarlySet, alarmIdempotency, alarmLongWork, alarmHotLoop,
		alarmGetalarmInHandler, alarmDeleteInHandler, alarmHerd,
	},
}
