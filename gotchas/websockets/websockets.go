// Package websockets holds the gotchas of connections: accepting them so that
// the object can hibernate, keeping what belongs to a socket with the socket,
// sending to many of them, and closing them properly.
package websockets

import (
	"embed"

	"durable-objects-mcp/gotchas/analysis"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "websockets",
	Title:   "WebSockets",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		standardAccept,
		listenerAfterAccept,
		doubleAccept,
		missingHandlers,
		closeNotAnswered,
		reservedCloseCode,
		closeReasonLong,
		attachmentMissing,
		attachmentStale,
		attachmentSize,
		tags,
		sendObject,
		broadcastUnguarded,
		appPing,
		pingTimer,
		autoResponseLimit,
		outbound,
		binaryType,
		upgradeCheck,
		writePerMessage,
		auth,
		clientReconnect,
	},
}
