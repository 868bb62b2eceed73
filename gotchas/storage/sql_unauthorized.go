package storage

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var sqlUnauthorized = &analysis.Gotcha{
	ID:       "sql-unauthorized",
	Title:    "SQL that the storage does not allow",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "The storage refuses statements that reach past the object's own tables: most PRAGMAs, ATTACH, temporary tables and names that begin with _cf_ give \"not authorized: SQLITE_AUTH\". " +
		"VACUUM cannot run inside the transaction that surrounds every event.",
	Fix: "Keep a schema version in a table of your own instead of PRAGMA user_version; leave tuning PRAGMAs and VACUUM out.",
	Fine: []string{
		"PRAGMA table_info, index_list, foreign_keys, defer_foreign_keys, foreign_key_check, quick_check and optimize.",
		"Triggers, views, generated columns, FTS5, JSON and R*Tree.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1, statement by statement.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#pragma-statements",
	},
	Check: checkUnauthorized,
}

// allowedPragmas run without an error on workerd 1.20261117.1.
var allowedPragmas = map[string]bool{
	"FOREIGN_KEYS": true, "DEFER_FOREIGN_KEYS": true, "TABLE_INFO": true, "TABLE_XINFO": true, "TABLE_LIST": true,
	"INDEX_LIST": true, "INDEX_INFO": true, "INDEX_XINFO": true, "FOREIGN_KEY_CHECK": true, "FOREIGN_KEY_LIST": true,
	"QUICK_CHECK": true, "OPTIMIZE": true, "CASE_SENSITIVE_LIKE": true, "IGNORE_CHECK_CONSTRAINTS": true,
	"LEGACY_ALTER_TABLE": true, "RECURSIVE_TRIGGERS": true, "REVERSE_UNORDERED_SELECTS": true, "DATA_VERSION": true, "PAGE_SIZE": true,
}

// refusedPragmas certainly give SQLITE_AUTH; others that nobody has tried are
// left alone.
var refusedPragmas = map[string]bool{
	"USER_VERSION": true, "JOURNAL_MODE": true, "SYNCHRONOUS": true, "CACHE_SIZE": true, "INTEGRITY_CHECK": true,
}

var refusedFunctions = map[string]string{
	"SQLITE_VERSION": "sqlite_version()", "LOAD_EXTENSION": "load_extension()", "GENERATE_SERIES": "generate_series()",
}

func checkUnauthorized(p *analysis.Pass) {
	queries(p, func(op *model.Op) {
		for _, s := range allStatements(p.Module, op) {
			if what, fix := refused(s); what != "" {
				p.Error(op.Node, fmt.Sprintf("The storage refuses %s.", what), fix)
				return
			}
			if s.Verb == "PRAGMA" && len(s.Words) > 1 && allowedPragmas[s.Words[1]] {
				p.Guard(op.Node, fmt.Sprintf("PRAGMA %s is among those that are allowed.", strings.ToLower(s.Words[1])))
			}
		}
	})
}

func refused(s model.Statement) (what, fix string) {
	switch s.Verb {
	case "PRAGMA":
		if len(s.Words) > 1 && refusedPragmas[s.Words[1]] {
			if s.Words[1] == "USER_VERSION" {
				fix = "Keep the version in a table: CREATE TABLE IF NOT EXISTS _migrations (id INTEGER PRIMARY KEY, applied_at INTEGER)."
			}
			return "PRAGMA " + strings.ToLower(s.Words[1]), fix
		}
	case "ATTACH", "DETACH":
		return s.Verb, "Each object has one database; ask the other object through its stub."
	case "VACUUM":
		return "VACUUM, because every event runs inside a transaction", "Leave it out; free pages are used again."
	case "CREATE":
		if len(s.Words) > 1 && (s.Words[1] == "TEMP" || s.Words[1] == "TEMPORARY") {
			return "temporary tables", "Use an ordinary table and empty it, or a common table expression."
		}
	}
	for i, w := range s.Words {
		if strings.HasPrefix(w, "_CF_") && i > 0 && slices.Contains([]string{"TABLE", "FROM", "INTO", "UPDATE", "JOIN", "EXISTS", "INDEX"}, s.Words[i-1]) {
			return "the name " + strings.ToLower(w) + ", which is reserved", "Choose a name without the prefix _cf_."
		}
		if name := refusedFunctions[w]; name != "" && i+1 < len(s.Words) && s.Words[i+1] == "(" {
			return name, "It is not available here."
		}
	}
	return "", ""
}
