package scaffold

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// poll counts one vote per voter.
type poll struct{ base }

func (p poll) uses() []string {
	if len(p.P.Options) > 0 {
		return []string{"body", "one_of"}
	}
	return []string{"body"}
}

func (poll) tables(*view) []string { return []string{"votes", "tallies"} }

// Options are the constants that say what can be voted for.
func (p poll) Options() string {
	if len(p.P.Options) == 0 {
		return "const MAX_OPTIONS = 50;\nconst BAD_OPTION = `option ${NAME_RULE}`;"
	}
	quoted := make([]string, len(p.P.Options))
	for i, o := range p.P.Options {
		quoted[i] = fmt.Sprintf("%q", o)
	}
	return spread(0, "const OPTIONS: readonly string[] = [", quoted, "];") + "\nconst MAX_OPTIONS = OPTIONS.length;\nconst BAD_OPTION = `option must be one of ${OPTIONS.join(\", \")}.`;"
}

// Check is the condition that an option can be voted for.
func (p poll) Check() string {
	if len(p.P.Options) == 0 {
		return "isName(option)"
	}
	return "isOneOf(option, OPTIONS)"
}

// Outcome is what a vote can come to.
func (p poll) Outcome() string {
	if p.P.MayChange {
		return `"counted" | "full"`
	}
	return `"counted" | "voted" | "full"`
}

func (p poll) options() (first, second string) {
	if len(p.P.Options) > 1 {
		return p.P.Options[0], p.P.Options[1]
	}
	return "red", "green"
}

func (p poll) play(s *script) {
	first, second := p.options()
	vote := func(voter, option string) target {
		return target{op: blueprint.PollVote, object: "colours", json: fmt.Sprintf(`{"voter":%q,"option":%q}`, voter, option)}
	}
	results := target{op: blueprint.PollResults, object: "colours"}
	tally := func(counts ...any) string {
		var all []string
		total := 0
		for i := 0; i < len(counts); i += 2 {
			all = append(all, fmt.Sprintf(`{"option":%q,"votes":%d}`, counts[i], counts[i+1]))
			total += counts[i+1].(int)
		}
		return fmt.Sprintf(`{"total":%d,"results":[%s]}`, total, strings.Join(all, ","))
	}
	s.ask("nobody has voted", results, 200, tally())
	s.ask("ann votes", vote("ann", first), 200, fmt.Sprintf(`{"voter":"ann","option":%q}`, first))
	s.evict()
	s.ask("her vote survived", results, 200, tally(first, 1))
	s.burst("the same vote many times at once", 20, vote("ann", first), 200, "")
	s.ask("counts once", results, 200, tally(first, 1))
	s.ask("bob votes", vote("bob", second), 200, "")
	s.ask("cy votes", vote("cy", second), 200, "")
	if p.P.MayChange {
		s.ask("ann changes her mind", vote("ann", second), 200, "")
		s.ask("her first vote is gone", results, 200, tally(second, 3))
	} else {
		s.ask("ann cannot vote again", vote("ann", second), 409, "")
		s.ask("her vote stands", results, 200, tally(second, 2, first, 1))
	}
	s.ask("a vote for nothing is refused", target{op: blueprint.PollVote, object: "colours", json: `{"voter":"ann"}`}, 400, "")
	s.ask("a vote by nobody is refused", target{op: blueprint.PollVote, object: "colours", json: fmt.Sprintf(`{"option":%q}`, first)}, 400, "")
}

func (p poll) afterPurge(s *script) {
	first, _ := p.options()
	s.ask("no vote is left", target{op: blueprint.PollResults, object: "colours"}, 200, `{"total":0,"results":[]}`)
	s.ask("and ann can vote again", target{op: blueprint.PollVote, object: "colours", json: fmt.Sprintf(`{"voter":"ann","option":%q}`, first)}, 200, "")
}

func (p poll) decisions(*view) []string {
	again := "A second vote for something else is refused (409)"
	if p.P.MayChange {
		again = "A second vote replaces the first"
	}
	return []string{fmt.Sprintf("A voter has one row, and the tally changes in the same transaction. %s; repeating the same vote changes nothing, so a client may repeat its request.", again)}
}

func (p poll) limits(*view) []string {
	return []string{fmt.Sprintf("`voter` is what the caller says of itself: take it from a checked token in the Worker where it matters. At most %s votes.", thousands(p.P.MaxItems))}
}

func (poll) picture(*view) []string {
	return []string{`worker --> vote["vote(), results()"]`, `vote --> votes[("votes, tallies")]`}
}
