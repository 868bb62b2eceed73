package toolchain

import (
	"fmt"
	"strings"
	"time"
)

const dateForm = "2006-01-02"

// NewestDate is the compatibility date that the pinned workerd was built on:
// the newest that a proof here covers whole.
func NewestDate() string { return builtOn(pinnedWorkerd).Format(dateForm) }

// builtOn reads the date in a workerd version, 1.20261023.1.
func builtOn(version string) time.Time {
	parts := strings.Split(version, ".")
	if len(parts) > 1 {
		if d, err := time.Parse("20060102", parts[1]); err == nil {
			return d
		}
	}
	return time.Time{}
}

// CompatibilityDate is the date to run with: the wanted one, or the newest that
// the binary takes, with a note that says so. The binary takes no date later
// than seven days after it was built, and none after today in UTC. An empty or
// unreadable wanted date gives the binary's own.
func CompatibilityDate(wanted, workerdVersion string) (used, note string) {
	return compatibilityDate(wanted, workerdVersion, time.Now())
}

func compatibilityDate(wanted, workerdVersion string, now time.Time) (used, note string) {
	today := now.UTC().Format(dateForm)
	built := builtOn(workerdVersion)
	newest := built.AddDate(0, 0, 7).Format(dateForm)
	_, err := time.Parse(dateForm, wanted)
	switch {
	case err != nil:
		used = min(built.Format(dateForm), today)
		return used, fmt.Sprintf("The configuration has no readable compatibility_date (%q); the run uses %s.", wanted, used)
	case wanted > today && today <= newest:
		return today, fmt.Sprintf("compatibility_date %s lies in the future, which workerd refuses; the run uses today, %s (UTC).", wanted, today)
	case wanted > newest:
		return newest, fmt.Sprintf("compatibility_date %s is newer than workerd %s knows; the run uses %s, so behaviour that switched on in between is not covered.", wanted, workerdVersion, newest)
	}
	return wanted, ""
}
