package wrangler

import "fmt"

// ParseError says that a file is not what its name promises, JSONC or TOML, and
// where it stops being that.
type ParseError struct {
	Path    string
	Pos     Pos
	Message string

	lang language
}

func (e *ParseError) Error() string {
	allowed := "Allowed is JSON with // and /* */ comments and trailing commas"
	if e.lang == langTOML {
		allowed = "Allowed is TOML: key = value lines, [table] and [[list of tables]] headers, # comments"
	}
	return fmt.Sprintf("%s:%d:%d: %s. %s; correct this place and try again", e.Path, e.Pos.Line, e.Pos.Column, e.Message, allowed)
}

// RefusedError says why a requested edit is not made, and what to do instead.
// Nothing has been changed when it is returned.
type RefusedError struct {
	Reason string // what is wrong, with the place if it is in the file
	Safe   string // the alternative that loses nothing
	Cause  error  // an error that led here, if any
}

func (e *RefusedError) Error() string { return e.Reason + ". Instead: " + e.Safe }

func (e *RefusedError) Unwrap() error { return e.Cause }
