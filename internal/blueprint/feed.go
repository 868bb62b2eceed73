package blueprint

import (
	"errors"
	"slices"
	"strings"
)

var (
	errFeedAndRelay = errors.New("a relay passes raw messages and a feed sends its own, which clients could not tell apart; take one of them")
	errFeedOfNought = errors.New("a feed tells of changes, and nothing here changes that it could tell of; add one of " + strings.Join(kindNames(published), ", ") + " (a sharded counter is no one object's)")
)

// published are the patterns whose changes a feed tells of.
var published = []Kind{Collection, Counter, Lock, Reservation, Poll, Leaderboard, State}

func kindNames(kinds []Kind) []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return names
}

// publishes reports whether there is anything that a feed could tell of.
func (b *Blueprint) publishes() bool {
	return slices.ContainsFunc(b.Patterns, func(p Pattern) bool {
		return slices.Contains(published, p.Kind) && p.Shards == 0
	})
}

const (
	audience = `(?:all |the |its |every |each |any |other |connected |subscribed |listening |online )*(?:clients?|users?|subscribers?|viewers?|watchers?|listeners?|browsers?|dashboards?|sockets?|participants?|players?|voters?|members?|everyone|everybody)`
	changed  = `(?:changes?|updates?|updated|changed|results?|tall(?:y|ies)|scores?|standings|availability|value|count|total|status|state|edits?|additions?|new \w+)`
)

var (
	// tellsChanges are the phrases that ask for changes to be told as they happen.
	tellsChanges = re(`\b(?:live|real-time|instant) (?:updates?|updated|results?|scores?|scoreboard|leader ?board|standings|changes|sync\w*|feed|counts?|counter|tall(?:y|ies)|availability|status|view|value|dashboard)\b` +
		`|\b(?:updates?|updated|changes|results?|synced|synchroni[sz]ed|feed) (?:\w+ ){0,3}?(?:live|in real-time|real-time)\b` +
		`|\b(?:broadcast|push|stream|send|emit|publish|notif|announc|tell|show|sync|propagat)\w* (?:out )?(?:` + audience + ` )?(?:to ` + audience + ` )?(?:of |about |on |when |whenever |for )?(?:\w+ ){0,4}?` + changed + `\b` +
		`|\b` + changed + ` (?:are |is |get |gets |be |to be )?(?:pushed|broadcast|broadcasted|sent|streamed|propagated|published|announced|emitted|synced|told)\b` +
		`|\b(?:(?:web)?sockets?|/\S+) (?:that |which )?(?:hears?|receives?|gets?|streams?|sends?|delivers?|for) (?:\w+ ){0,4}?` + changed + `\b` +
		`|\b` + audience + ` (?:\w+ ){0,3}?(?:see|get|gets|receive|receives|hear|hears|told|informed|notified)\b(?: \w+){0,4}? ` + changed + `\b` +
		`|\b` + audience + ` (?:are|is|get|gets|must be|should be) (?:\w+ )?(?:told|notified|informed|updated)\b` +
		`|\bsubscri\w+ to (?:\w+ ){0,3}?` + changed + `\b|\bchange (?:feed|stream|notifications?)\b`)
	toAnAudience = re(`\b(?:broadcast|push|stream|send|emit|publish|announc|tell|show|sync|propagat|notif)\w* (?:out )?(?:to )?` + audience + `\b`)
	liveUpdates  = re(`\b(?:live|real-time) (?:updates?|sync\w*|feed|changes)\b|\b(?:connected|subscribed|listening|online) (?:clients?|users?|viewers?|browsers?)\b|\bsubscri\w+|\b(?:watchers|viewers|listeners)\b|\breal-time\b|\binstantly\b`)
	overSockets  = re(`\b(?:web)?sockets?\b|\bbroadcast\w*|\bpush(?:es|ed)?\b|\bstream\w*|\bsubscri\w+|\b(?:watchers|viewers|listeners)\b|\breal-time\b|\binstantly\b`)
	chatSaid     = re(`\bchat\w*|\bmessag\w+`)
	// betweenPeople is what sockets are for where people send each other something.
	betweenPeople = re(`\b(?:rooms?|lobby|lobbies|games?|matchmaking|cursors?|draw\w*|whiteboards?|canvas|moves?|editor|presence|joins?|joining|each other|peers?|typing|calls?|video|audio)\b`)
	routeInClause = re(`\b(?:get|post|put|patch|delete) /`)
)

var feedDefinition = definition{
	kind: Feed, class: "LiveFeed", key: "feed",
	title: "live updates", about: "WebSocket subscribers hear of every change of lists, counters, polls, leaderboards, locks, reservations and keys; beside a chat its sockets do",
	speaks: re(tellsChangesWords),
	words: wordSet(`live real-time instant instantly immediately update updates updated change changes changed push pushes pushed broadcast broadcasts broadcasted broadcasting send sends sent stream streams streaming streamed
		notify notifies notified notification notifications announce announces announced emit emits emitted publish publishes published propagate propagates propagated subscribe subscribes subscribed subscriber subscribers subscription subscriptions
		listen listens listening listener listeners feed websocket websockets socket sockets connect connects connected connection connections client clients browser browsers viewer viewers watch watches watching watcher watchers customer customers dashboard dashboards screen screens page pages phone phones everyone everybody all every each
		sync syncs synced syncing synchronized synchronised told tell tells see sees hear hears receive receives get gets show shows edit edits addition additions whenever when via over hibernation status state view ping pong keepalive`),
	cover: func(r *reader, c *clause) {
		c.words(wordSet("collaborative"), "feed", r.whereFeed())
		if c.speaksOf(Feed) {
			for _, p := range r.bp.Patterns {
				for _, f := range p.Fields {
					c.words(wordSet(strings.ReplaceAll(f.Name, "_", " ")), "feed", r.whereFeed()) // "stock changes are pushed"
				}
			}
			if r.bp.Has(State) {
				c.words(wordSet("key keys value values setting settings"), "feed", r.whereFeed())
			}
			c.words(definitionOf(Feed).words, "feed", r.whereFeed())
		}
	},
	normalize: func(_ *Pattern, b *Blueprint) error {
		switch {
		case b.Has(Relay):
			return errFeedAndRelay
		case !b.publishes():
			return errFeedOfNought
		}
		return nil
	},
	operations: []operation{
		{op: FeedConnect, method: "GET", paths: []string{"/ws", "/live"}, what: "opens a WebSocket (Upgrade: websocket) that hears of every change", words: strings.Fields("ws websocket socket subscribe live stream updates feed connect listen events")},
	},
}

const tellsChangesWords = `\b(?:live|real-time|instant\w*|broadcast\w*|push\w*|stream\w*|notif\w+|announc\w+|emit\w*|publish\w*|propagat\w+|subscri\w+|listen\w*|websockets?|sockets?|sync\w*|connected|watch\w*|viewers?|told)\b|\b(?:every|each|all|of) changes?\b`

// whereFeed is where a change is sent from, and how clients come to hear of it.
func (r *reader) whereFeed() string {
	if r.bp.Has(Chat) {
		return "#broadcast()"
	}
	return r.whereIs(FeedConnect) + ", #broadcast()"
}

// wantsFeed reports whether the spec asks for changes to be told to sockets: it says
// so, or it has sockets and nothing that people would send each other over them.
func (r *reader) wantsFeed() bool {
	if wantsRelay.MatchString(r.norm) {
		return false
	}
	sockets := overSockets.MatchString(r.norm)
	if sockets && !chatSaid.MatchString(r.norm) && !betweenPeople.MatchString(r.norm) {
		return true
	}
	return slices.ContainsFunc(r.clauses, func(c *clause) bool {
		return tellsChanges.MatchString(c.norm) && (sockets || liveUpdates.MatchString(c.norm) && !routeInClause.MatchString(c.norm))
	})
}
