package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// leaderboard ranks players by their best, latest or summed score.
type leaderboard struct{ base }

func (leaderboard) uses() []string { return []string{"body", "integer"} }

func (leaderboard) tables(*view) []string { return []string{"scores"} }

// Merge is the score that counts after a further one.
func (l leaderboard) Merge() string {
	switch l.P.Keep {
	case blueprint.KeepLatest:
		return "excluded.score"
	case blueprint.KeepSum:
		return "score + excluded.score"
	}
	return "max(score, excluded.score)"
}

// KeepsWhat says so for a reader.
func (l leaderboard) KeepsWhat() string {
	switch l.P.Keep {
	case blueprint.KeepLatest:
		return "A player's latest score counts."
	case blueprint.KeepSum:
		return "A player's scores add up."
	}
	return "A player's best score counts."
}

func (l leaderboard) play(s *script) {
	submit := func(player string, score int) target {
		return target{op: blueprint.LeaderboardSubmit, object: "race", json: fmt.Sprintf(`{"player":%q,"score":%d}`, player, score)}
	}
	top := target{op: blueprint.LeaderboardTop, object: "race"}
	rank := func(player string) target {
		return target{op: blueprint.LeaderboardRank, object: "race", item: player}
	}
	after := map[blueprint.Keep]int{blueprint.KeepBest: 50, blueprint.KeepLatest: 20, blueprint.KeepSum: 70}[l.P.Keep]
	s.ask("nobody is ranked", top, 200, `{"top":[]}`)
	s.ask("ann scores", submit("ann", 50), 200, `{"player":"ann","score":50}`)
	s.ask("bob scores", submit("bob", 30), 200, `{"player":"bob","score":30}`)
	s.evict()
	s.ask("both are ranked", top, 200, `{"top":[{"player":"ann","score":50,"rank":1},{"player":"bob","score":30,"rank":2}]}`)
	s.ask("ann scores again", submit("ann", 20), 200, fmt.Sprintf(`{"player":"ann","score":%d}`, after))
	s.ask("cy ties with bob", submit("cy", 30), 200, "")
	bob := 2
	if after < 30 {
		bob = 1
	}
	s.ask("and shares his rank", rank("cy"), 200, fmt.Sprintf(`{"player":"cy","score":30,"rank":%d}`, bob))
	s.burst("20 scores of one player at once", 20, submit("dora", 1), 200, "")
	dora := 1
	if l.P.Keep == blueprint.KeepSum {
		dora = 20
	}
	s.ask("none of them is lost", rank("dora"), 200, fmt.Sprintf(`{"score":%d,"rank":4}`, dora))
	one := top
	one.query = "limit=1"
	s.ask("as many as are asked for", one, 200, `{"top":[{"rank":1}]}`)
	one.query = "limit=0"
	s.ask("none is not", one, 400, "")
	s.ask("who has no score has no rank", rank("nobody"), 404, "")
	s.ask("a score that is no integer is refused", target{op: blueprint.LeaderboardSubmit, object: "race", json: `{"player":"ann","score":1.5}`}, 400, "")
}

func (leaderboard) afterPurge(s *script) {
	s.ask("the board is empty again", target{op: blueprint.LeaderboardTop, object: "race"}, 200, `{"top":[]}`)
	s.ask("and scores count again", target{op: blueprint.LeaderboardSubmit, object: "race", json: `{"player":"ann","score":1}`}, 200, `{"score":1}`)
}

func (l leaderboard) decisions(*view) []string {
	return []string{l.KeepsWhat() + " One upsert keeps it, so scores that come at once cannot lose each other. Players with the same score share a rank."}
}

func (l leaderboard) limits(*view) []string {
	return []string{fmt.Sprintf("At most %s players per board, and scores are integers. A player's rank counts the better ones: far down a long board that reads many rows.", thousands(l.P.MaxItems))}
}

func (leaderboard) picture(*view) []string {
	return []string{`worker --> submit["submit(), top(), rankOf()"]`, `submit --> scores[("scores")]`}
}
