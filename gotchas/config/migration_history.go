package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var migrationHistory = &analysis.Gotcha{
	ID:       "cfg-migration-history",
	Title:    "The list of migrations cannot be replayed: tags repeat or are out of order, or an entry does not fit the ones before",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "wrangler looks up the deployed tag in the list and applies what comes after it. With a repeated tag the first one counts, so a later entry is applied again or never, and nothing warns. " +
		"An entry that creates an existing class, or deletes or renames one that does not exist, fails the deploy.",
	Fix: "Never edit, remove or reorder an applied entry. Add a new one at the end with a tag of its own.",
	Fine: []string{
		"Any unique strings as tags: they need not be numbers, begin with v1 or be without gaps.",
		"One entry that creates some classes, and renames or deletes others.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: duplicate tags pass the dry run in silence; \"Cannot apply new_sqlite_classes migration to existing class\" and \"Cannot apply deleted_classes migration to non-existent class\" are errors.",
		"github.com/cloudflare/workers-sdk (packages/deploy-helpers, durable.ts)",
	},
	Runbook: "The runbook asks for sequential tags. What counts is that they are unique and that new entries come last; numbers are only a habit.",
	Check:   checkMigrationHistory,
}

func checkMigrationHistory(p *analysis.Pass) {
	p.NotApplicable("The configuration has no migrations.")
	problems(p, "migrations")
	for _, key := range p.Config.Unknown {
		if strings.Contains(key.In, "migrations[") {
			p.ReportConfig(analysis.Warning, key.Pos, fmt.Sprintf("%q is no part of a Durable Object migration; wrangler ignores it.", key.Name),
				"Allowed are tag, new_sqlite_classes, new_classes, renamed_classes, deleted_classes and transferred_classes.")
		}
	}
	for _, l := range levels(p.Config) {
		if len(l.scope.Migrations) == 0 {
			continue
		}
		found := len(p.Findings)
		checkTags(p, l.scope.Migrations)
		for _, step := range l.scope.History() {
			checkStep(p, step)
		}
		if last := l.scope.Migrations[len(l.scope.Migrations)-1]; len(p.Findings) == found {
			p.GuardConfig(place(last.TagPos, last.Pos), "The tags are unique and each entry fits the ones before it.")
		}
	}
}

var numbered = regexp.MustCompile(`^(\D*)(\d{1,8})$`)

func checkTags(p *analysis.Pass, migrations []wrangler.Migration) {
	seen := map[string]wrangler.Pos{}
	highest := map[string]int{} // number by prefix
	for _, m := range migrations {
		if !m.TagPos.IsSet() {
			continue // reported as a wrong shape
		}
		if strings.TrimSpace(m.Tag) == "" {
			p.ReportConfig(analysis.Error, m.TagPos, "The tag is empty, so wrangler cannot tell whether this entry was applied.", "Give the entry a unique tag.")
			continue
		}
		if first, have := seen[m.Tag]; have {
			p.ReportConfig(analysis.Error, m.TagPos, fmt.Sprintf("The tag %q already stands on line %d; wrangler stops at the first one, so this entry is applied at the wrong time or never.", m.Tag, first.Line),
				fmt.Sprintf("Give this entry a new tag, such as %q, if it is not deployed yet.", nextTag(migrations)))
			continue
		}
		seen[m.Tag] = m.TagPos
		if parts := numbered.FindStringSubmatch(m.Tag); parts != nil {
			n, _ := strconv.Atoi(parts[2])
			if max, have := highest[parts[1]]; have && n < max {
				p.ReportConfig(analysis.Error, m.TagPos, fmt.Sprintf("%q comes after %s%d. The order of the list is what is applied, so either an entry was moved or a new one was not added at the end.", m.Tag, parts[1], max),
					"Restore the order in which the entries were deployed; new entries come last.")
			}
			highest[parts[1]] = max(highest[parts[1]], n)
		}
	}
}

// nextTag continues the highest number of the list.
func nextTag(migrations []wrangler.Migration) string {
	prefix, n := "v", len(migrations)
	for _, m := range migrations {
		if parts := numbered.FindStringSubmatch(m.Tag); parts != nil {
			k, _ := strconv.Atoi(parts[2])
			prefix, n = parts[1], max(n, k)
		}
	}
	return fmt.Sprintf("%s%d", prefix, n+1)
}

func checkStep(p *analysis.Pass, s wrangler.Step) {
	switch {
	case s.Op == wrangler.OpCreate && s.Before.Live:
		p.ReportConfig(analysis.Error, s.Pos, fmt.Sprintf("%s exists already, since line %d; creating it again fails the deploy.", s.Class, s.Before.CreatedAt.Line), "Remove the class from this entry if the entry is not deployed yet.")
	case s.Op == wrangler.OpDelete && !s.Before.Live, s.Op == wrangler.OpRename && !s.Before.Live:
		p.ReportConfig(analysis.Error, s.Pos, fmt.Sprintf("No earlier entry creates %s, so this %s makes the deploy fail.", s.Class, s.Op), "Keep the entry that created the class in the list, or correct the name.")
	}
}
