package blueprint

import (
	"errors"
	"strings"
)

var errRelayAndChat = errors.New("a class has either a chat or a relay, since both are what becomes of the sockets' messages; take one of them")

var (
	wantsRelay = re(`\brelays?\b|\brelay(?:ed|ing)\b|\bsignall?ing\b|\b(?:forward|pass)(?:s|es|ed|ing)? (?:\w+ ){0,3}(?:messages?|frames?|packets?|data) (?:\w+ ){0,2}(?:verbatim|unchanged|as is|as they are|between)\b`)
	// wantsRoom is what only a room does, so that nothing is left to a relay.
	wantsRoom = re(`\bchat\w*\b|\bmessages?[- ]count\w*|\bcount(?:s|ed|ing)? (?:\w+ ){0,2}messages?\b`)
)

var relayDefinition = definition{
	kind: Relay, class: "Relay", key: "channel",
	title: "relays", parameters: "max_members, max_message_bytes",
	about:  "WebSocket messages, text or binary, passed as they are to everybody else in the object; nothing is stored",
	speaks: re(`\brelay\w*|\bsignall?ing\b|\bwebsockets?\b|\bsockets?\b|\bmessages?\b|\bframes?\b|\bbinary\b|\bpeers?\b|\bconnect\w*|\bforward\w*|\bbroadcast\w*|\bverbatim\b`),
	words: wordSet(`relay relays relayed relaying signaling signalling webrtc server websocket websockets socket sockets message messages frame frames packet packets binary text peer peers client clients user users other others
		everyone else everybody all forward forwards forwarded forwarding pass passes passed passing verbatim unchanged between join joins joined connect connects connected connection connections broadcast broadcasts real-time channel sender hibernation nothing stored not`),
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Relay)
		if n := firstNumber(memberLimit, c.rest); n > 0 && n == p.MaxMembers {
			c.take(memberLimit, "relay", "MAX_MEMBERS")
		}
		if m := sizeLimit.FindStringSubmatch(c.rest); m != nil && bytesOf(m[1], m[2]) == p.MaxMessageBytes {
			c.take(sizeLimit, "relay", "MAX_MESSAGE_BYTES")
		}
		if c.speaksOf(Relay) {
			c.take(skipsSender, "relay", "webSocketMessage()")
			c.words(definitionOf(Relay).words, "relay", r.whereIs(RelayConnect)+", webSocketMessage()")
		}
	},
	normalize: func(p *Pattern, b *Blueprint) error {
		if b.Has(Chat) {
			return errRelayAndChat
		}
		return p.normalizeChat(b)
	},
	operations: []operation{
		{op: RelayConnect, method: "GET", paths: []string{"/ws"}, what: "opens a WebSocket (Upgrade: websocket)", words: strings.Fields("ws websocket socket connect join relay signal live stream")},
	},
}
