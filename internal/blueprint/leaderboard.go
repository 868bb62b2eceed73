package blueprint

import (
	"errors"
	"strings"
)

var (
	wantsLeaderboard = re(`\bleader ?-?boards?\b|\bhigh ?-?scores?\b|\brankings?\b|\bscore ?boards?\b|\btop[- ]\d+ (?:players?|users?|scores?)\b`)
	topCount         = re(`\btop[- ](\d{1,3})\b|\bbest (\d{1,3})\b`)
	keepsSum         = re(`\b(?:sum|sums|add up|adds up|accumulat\w+|cumulative|total (?:score|points)|points (?:are )?added|adds? points)\b`)
	keepsLatest      = re(`\b(?:latest|last|most recent|current) scores?\b|\boverwrit\w+|\breplaces? (?:the )?(?:old |previous )?scores?\b`)
	keepsBest        = re(`\b(?:keeps? )?(?:only )?(?:the |their |his |her )?(?:best|highest|max(?:imum)?|personal best) scores?\b|\bonly (?:if|when) (?:it is |it's )?(?:higher|better)\b`)
)

var leaderboardDefinition = definition{
	kind: Leaderboard, class: "Leaderboard", key: "board",
	title: "leaderboards", parameters: "keep, top, max_items",
	about:  "players ranked by their best, latest or summed score",
	wants:  wantsLeaderboard,
	speaks: re(`\bleader ?-?boards?\b|\bscores?\b|\bscore ?boards?\b|\brank\w*|\btop\b|\bpoints\b|\bplayers?\b`),
	words: wordSet(`leaderboard leaderboards leader-board board boards scoreboard score scores scored high highscore highscores ranking rankings rank ranks ranked submit submits submitting submitted
		post report record records player players top best highest points point sorted ordered order descending position positions own keeps keep kept list lists`),
	read: func(p *Pattern, text string) {
		if n := firstNumber(topCount, text); n > 0 && n <= MaxTop && p.Top == 0 {
			p.Top = n
		}
		switch {
		case p.Keep != "":
		case keepsSum.MatchString(text):
			p.Keep = KeepSum
		case keepsLatest.MatchString(text):
			p.Keep = KeepLatest
		}
	},
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Leaderboard)
		if !c.speaksOf(Leaderboard) {
			return
		}
		where := r.whereIs(LeaderboardSubmit) + ", " + r.whereIs(LeaderboardTop)
		if n := firstNumber(topCount, c.rest); n == p.Top {
			c.take(topCount, "leaderboard", "TOP")
		}
		switch p.Keep {
		case KeepSum:
			c.take(keepsSum, "leaderboard", where)
		case KeepLatest:
			c.take(keepsLatest, "leaderboard", where)
		default:
			c.take(keepsBest, "leaderboard", where)
		}
		c.take(re(`\b(?:per|for each|for every|each|every|of a|of each|of one) (?:player|user)(?:'s)?\b`), "leaderboard", where)
		c.words(definitionOf(Leaderboard).words, "leaderboard", where)
	},
	normalize: func(p *Pattern, b *Blueprint) error {
		if b.Key == "player" {
			return errors.New(`a leaderboard's rows are players, so the blueprint's key cannot be "player"; take what one board is for, e.g. game`)
		}
		fill(&p.Keep, KeepBest)
		fill(&p.Top, DefaultTop)
		fill(&p.MaxItems, 100_000)
		return errors.Join(oneOf("keep", p.Keep, KeepBest, KeepLatest, KeepSum), count("top", p.Top, 1, MaxTop), count("max_items", p.MaxItems, 1, MaxItems))
	},
	operations: []operation{
		{op: LeaderboardSubmit, method: "POST", paths: []string{"/scores", "/leaderboard/scores"}, what: "submits a player's score", words: strings.Fields("score submit leader point")},
		{op: LeaderboardTop, method: "GET", paths: []string{"/leaderboard", "/leaderboard/top"}, what: "the best players with their ranks", words: strings.Fields("leader top rank score high best"), answers: "top"},
		{op: LeaderboardRank, method: "GET", paths: []string{"/leaderboard/:player", "/leaderboard/ranks/:player"}, item: "player", what: "one player's rank", words: strings.Fields("rank player position"), answers: "player score rank"},
	},
}
