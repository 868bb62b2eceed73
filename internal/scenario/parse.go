package scenario

import (
	"strings"

	"durable-objects-mcp/internal/jsonfile"
)

// Parse reads a scenario and checks it whole. An error names the file's line and
// column and the step it is in: "scenario.json:12:5: steps[3]: …".
func Parse(data []byte) (*Scenario, error) {
	s, places, err := jsonfile.Decode[Scenario](format, data)
	if err != nil {
		return nil, err
	}
	if err := s.validate(); err != nil {
		return nil, places.Place(err)
	}
	return s, nil
}

var format = jsonfile.Format{File: FileName, Whole: "a scenario", Container: container, Item: step}

type fault = jsonfile.Fault

func wrong(at, format string, args ...any) *fault { return jsonfile.Wrong(at, format, args...) }

// step names the step that a place is in.
func step(at string) string {
	if end := strings.IndexByte(at, ']'); strings.HasPrefix(at, "steps[") && end > 0 {
		return at[:end+1]
	}
	return ""
}

// container names what the members belong to: "a step", "http", "a scenario".
func container(at string) string {
	last := at[strings.LastIndexByte(at, '.')+1:]
	switch {
	case last == "":
		return "a scenario"
	case strings.HasPrefix(last, "steps["):
		return "a step"
	case strings.HasPrefix(last, "each["):
		return "a request of a burst"
	}
	return last
}
