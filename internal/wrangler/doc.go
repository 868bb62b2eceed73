// Package wrangler reads a Workers configuration file and plans edits to it.
//
// Reading turns wrangler.jsonc (or wrangler.json, which wrangler reads by the
// same grammar) into a [Config]: what the top level and every environment say
// about Durable Objects, each element with the line and column it stands on.
// A wrong shape does not end the reading; it becomes a [Problem], and the rest
// is still read. The package states facts and holds no opinion on them: the
// lifecycle history, for instance, is replayed step by step ([Scope.History])
// and it is for a reviewer to say which steps are mistakes.
//
// Planning ([MakePlan]) answers "what must this file additionally say, so that
// these classes work?" with the smallest edit. Text is inserted into the file
// as it stands, in its own indentation, newline and comma style, so comments,
// order and formatting survive and a plan with nothing to do returns the same
// bytes. Every edit is parsed back and compared with the tree that was meant
// before it is handed out. An applied migration is never touched, and whatever
// would lose data or contradict the history is refused ([RefusedError]) with
// the safe way to get there.
//
// The package reads no file, no clock and no code.
package wrangler
