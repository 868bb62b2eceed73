package wrangler

import "fmt"

// ParseError says that a file is not JSONC, and where it stops being that.
type ParseError struct {
	Path    string
	Pos     Pos
	Message string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s. Allowed is JSON with // and /* */ comments and trailing commas; correct this place and try again",
		e.Path, e.Pos.Line, e.Pos.Column, e.Message)
}

// TOMLError says that a config is TOML, which this package neither reads nor
// edits.
type TOMLError struct{ Path string }

func (e *TOMLError) Error() string {
	return e.Path + ": this config is TOML, and only JSONC is read and edited here. " +
		"Move its contents to wrangler.jsonc (same keys and values: [[migrations]] becomes an array \"migrations\", [env.x] an object \"env\": { \"x\": … }) " +
		"and remove the TOML file, or make the change in it by hand"
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
