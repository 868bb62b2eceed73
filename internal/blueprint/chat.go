package blueprint

import (
	"errors"
	"fmt"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

const historyText = `\b(?:stor|sav|keep|kept|persist|log|record|remember|retain|archiv|load|replay|fetch)\w*(?: \w+)? (?:the |all |last |recent |previous |past |old |\d+ |chat |of )*(?:messages?|chat)\b|\b(?:messages?|chat) (?:history|log|archive|backlog)\b|\bhistory(?: of (?:the )?(?:last |recent )?(?:\d+ )?messages)?\b|\b(?:last|recent|previous|past) (?:\d+ )?messages?\b|\bmessages? (?:are |is |get )?(?:stored|saved|kept|persisted|logged)\b`

const presenceText = `\bpresence\b|\bannounc\w+ (?:when |who )?(?:joins?|joining|comings|arrivals)(?: (?:and|or) (?:leaves?|leaving|goings|departures))?\b|\bwho(?:'s| is)? (?:is )?online\b|\bonline (?:users?|members?|list)\b|\b(?:join|leave|joined|left)[/ ]?(?:and |or )?(?:join|leave|left)? ?(?:notif\w+|messages?|events?|announce\w*)`

var (
	wantsChat    = re(`\bchat(?:s|rooms?| rooms?)?\b|\bwebsockets?\b|\bbroadcast\w*|\breal-time (?:messag|updates|room)\w*`)
	messageCount = re(`\b(?:total |running |persistent |persisted |durable |overall )*messages?[- ](?:count(?:er|s)?|totals?|numbers?|tall(?:y|ies))\b|\bcount(?:s|er|ing)?(?: of| how many)?(?: the| all| sent| every| each| total)* messages?\b|\bnumber of(?: the| all| sent)* messages?\b|\bhow many messages?(?: were sent| have been sent)?\b|\bmessages? (?:are |is |must be |get )?counted\b`)
	memberLimit  = re(`\b(?:max(?:imum)?(?: of)?|at most|up to|limit(?:ed)?(?: to| of)?|no more than|not more than) (\d{1,5}) (?:concurrent |simultaneous |connected )?(?:users?|clients?|members?|participants?|connections?|people|sockets?|players?)\b`)
	memberBound  = re(`\b(\d{1,5}) (?:concurrent |simultaneous )?(?:users?|clients?|members?|participants?|connections?|people|sockets?|players?) (?:at most|max(?:imum)?|or fewer)\b`)
	sizeLimit    = re(`\b(?:messages? )?(?:size )?(?:max(?:imum)?(?: of)?|at most|up to|limit(?:ed)?(?: to| of)?|no more than|not more than|no longer than) (?:messages? )?(?:size )?(?:of )?(\d{1,7}) ?(bytes?|b|kb|kib|mb|mib)\b`)
	// What people ask of a room beyond passing messages on.
	wantsHistory  = re(historyText)
	historyCount  = re(`\b(?:last|recent|previous|past|latest|keep|store|of)(?: the)? (\d{1,5}) (?:chat )?messages?\b`)
	replays       = re(`\b(?:replay|send|show|give)(?:s|ed|ing)?(?: them| it| these| those)?(?: to)?(?: the)? (?:new |late |every new )?(?:joiners?|newcomers?|(?:new|late) (?:members?|users?|clients?|connections?|participants?))\b|\breplay(?:s|ed)? (?:them |it )?(?:on|when) (?:join|connect)\w*\b`)
	wholeHistory  = re(`\b(?:all|every|entire|full|whole|complete|forever)\b`)
	messageRoute  = re(`\bget /\S*(?:/messages|/history)(?:\?\S*)?(?: |$)`)
	wantsPresence = re(presenceText)
	skipsSender   = re(`\b(?:except|but|other than|excluding)(?: to| for)? (?:the |its |their )?(?:sender|author|themsel(?:f|ves)|himself|self)\b|\ball (?:the )?others?\b|\beveryone else\b|\bother (?:users?|clients?|members?|participants?|sockets?|players?|people)\b`)
	chatWords     = wordSet(`chat chats chatroom chatrooms room rooms multi-room message messages text texts broadcast broadcasts broadcasting broadcasted
		send sends sending sent receive receives received client clients user users member members participant participants people everyone everybody
		connected connect connects connection connections socket sockets websocket websockets live real-time ping pong ping/pong keepalive keep-alive heartbeat
		heartbeats upgrade fan-out group join joins joined inside incoming hibernation username nickname attachment attachments attach attached sender relay relays relayed public player players peer peers`)
)

var chatDefinition = definition{
	kind: Chat, class: "ChatRoom", key: "room",
	title: "WebSocket rooms", parameters: "max_members, max_message_bytes, history, presence, skip_sender",
	about:     "WebSocket rooms that hibernate: broadcast with a message count, and on request the last messages, who is there, everybody but the sender, most members, longest message",
	speaks:    re(`\b(?:chat\w*|websockets?|broadcast\w*|messages?|real-time|ping|pong|sockets?|connect(?:s|ed|ions?)?|join(?:s|ed)?|everyone|everybody|keep-?alive|heartbeats?)\b`),
	cover:     (*reader).coverChat,
	normalize: (*Pattern).normalizeChat,
	operations: []operation{
		{op: ChatConnect, method: "GET", paths: []string{"/ws"}, what: "opens a WebSocket (Upgrade: websocket)",
			words: strings.Fields(`ws websocket socket connect join chat live stream`)},
		{op: ChatCount, method: "GET", paths: []string{"/count", "/messages/count"}, what: "number of messages so far", answers: "count",
			words: strings.Fields(`count total stats number`)},
		{op: ChatHistory, method: "GET", paths: []string{"/messages", "/history"}, what: "the last messages, oldest first", answers: "messages",
			words: strings.Fields(`history message log recent`)},
		{op: ChatMembers, method: "GET", paths: []string{"/members", "/presence"}, what: "who is connected", answers: "members",
			words: strings.Fields(`member presence online user who`)},
	},
}

func (p *Pattern) normalizeChat(*Blueprint) error {
	if p.MaxMessageBytes == 0 {
		p.MaxMessageBytes = DefaultMessageBytes
	}
	if err := count("history", p.History, 0, MaxHistory); err != nil {
		return err
	}
	return errors.Join(count("max_message_bytes", p.MaxMessageBytes, 1, MaxMessageBytes), count("max_members", p.MaxMembers, 0, MaxMembers))
}

// detectSockets reads the bounds that a room and a relay have alike.
func detectSockets(p *Pattern, text string) {
	if n := max(firstNumber(memberLimit, text), firstNumber(memberBound, text)); n > 0 && p.MaxMembers == 0 {
		p.MaxMembers = min(n, MaxMembers)
	}
	if m := sizeLimit.FindStringSubmatch(text); m != nil && p.MaxMessageBytes == 0 {
		if n := bytesOf(m[1], m[2]); n <= MaxMessageBytes {
			p.MaxMessageBytes = n
		}
	}
}

func detectChat(p *Pattern, text string) {
	if (wantsHistory.MatchString(text) || messageRoute.MatchString(text) && !messageCount.MatchString(text)) && p.History == 0 && !wantsPurge.MatchString(text) {
		p.History = DefaultHistory
	}
	if n := firstNumber(historyCount, text); n > 0 && n <= MaxHistory && p.History > 0 {
		p.History = n
	}
	p.Presence = p.Presence || wantsPresence.MatchString(text)
	p.SkipSender = p.SkipSender || skipsSender.MatchString(text)
}

func (r *reader) coverChat(c *clause) {
	p, ok := r.bp.Pattern(Chat)
	if !ok {
		return
	}
	for _, bound := range []*lazyregexp.Regexp{memberLimit, memberBound} {
		if p.MaxMembers > 0 && firstNumber(bound, c.rest) == p.MaxMembers {
			c.take(bound, "chat", "MAX_MEMBERS")
		}
	}
	if m := sizeLimit.FindStringSubmatch(c.rest); m != nil && bytesOf(m[1], m[2]) == p.MaxMessageBytes {
		c.take(sizeLimit, "chat", "MAX_MESSAGE_BYTES")
		c.words(wordSet("message messages size long bytes"), "chat", "MAX_MESSAGE_BYTES")
	}
	if p.SkipSender {
		c.take(skipsSender, "chat", "webSocketMessage()")
	}
	if p.Presence && c.take(wantsPresence, "chat", r.whereIs(ChatMembers)+", #broadcast()") {
		c.words(wordSet("list show shows tracking track tracks online indicator indicators"), "chat", r.whereIs(ChatMembers))
	}
	if p.History > 0 {
		where := r.whereIs(ChatHistory) + ", HISTORY"
		if firstNumber(historyCount, c.rest) == p.History && c.take(historyCount, "chat", where) {
			c.words(wordSet("keep keeps kept store stores save saves remember remembers persist"), "chat", where)
		}
		if wantsHistory.MatchString(c.rest) && wholeHistory.MatchString(c.rest) {
			c.lack(fmt.Sprintf("the last %d messages are kept, not all", p.History), "HISTORY, and a page of messages at "+r.whereIs(ChatHistory))
		}
		c.take(replays, "chat", where)
		if c.take(wantsHistory, "chat", where) {
			c.words(wordSet("last recent previous kept keep replay replays replayed new newcomers late joiners when on joining connecting stored"), "chat", where)
		}
	}
	if c.speaksOf(Chat) {
		c.words(chatWords, "chat", r.whereIs(ChatConnect)+", webSocketMessage()")
	}
}
