// Package wrangler reads a Workers configuration file and plans edits to it.
//
// Reading turns wrangler.jsonc, wrangler.json (which wrangler reads by the same
// grammar) or wrangler.toml into a [Config]: what the top level and every
// environment say about Durable Objects, each element with the line and column
// it stands on. Both languages become one tree first, so that a config says the
// same in either and no reader of a Config need know which it was. A wrong
// shape does not end the reading; it becomes a [Problem], and the rest is still
// read. So does what only TOML can get wrong, a key or a table that is defined
// twice, although wrangler refuses such a file as a whole. The package states
// facts and holds no opinion on them: the lifecycle history, for instance, is
// replayed step by step ([Scope.History]) and it is for a reviewer to say which
// steps are mistakes.
//
// What wrangler's own JSON schema says of the whole file, the parts too that a
// Config does not model, is [Config.Misshapen].
//
// Planning ([MakePlan]) answers "what must this file additionally say, so that
// these classes work?" with the smallest edit. Text is inserted into the file
// as it stands, in its own indentation, newline and comma style, so comments,
// order and formatting survive and a plan with nothing to do returns the same
// bytes. Every edit is parsed back and compared with the tree that was meant
// before it is handed out. An applied migration is never touched, and whatever
// would lose data or contradict the history is refused ([RefusedError]) with
// the safe way to get there. What takes several deploys is planned one at a time
// ([Plan].Stages); the next plan goes on from what the file says, the code exports,
// and the request says is deployed. A TOML file is planned too, but its edit is always
// refused, with the lines to paste and where.
//
// The package reads no file, no clock and no code.
package wrangler
