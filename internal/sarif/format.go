package sarif

// Log is a SARIF 2.1.0 log: the part of the format that a review fills in.
// Lines and columns are 1-based, and the end of a region is exclusive.
type Log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []Run  `json:"runs"`
}

// Run is one run of the tool.
type Run struct {
	Tool        Tool         `json:"tool"`
	ColumnKind  string       `json:"columnKind"`
	Invocations []Invocation `json:"invocations"`
	Results     []Result     `json:"results"`
}

// Tool holds its one component.
type Tool struct {
	Driver Driver `json:"driver"`
}

// Driver is the reviewer and its rules.
type Driver struct {
	Name           string       `json:"name"`
	Version        string       `json:"version,omitempty"`
	InformationURI string       `json:"informationUri"`
	Rules          []Descriptor `json:"rules"`
	Notifications  []Descriptor `json:"notifications"`
}

// Descriptor describes a rule or a kind of notification.
type Descriptor struct {
	ID                   string         `json:"id"`
	ShortDescription     Text           `json:"shortDescription"`
	FullDescription      *Text          `json:"fullDescription,omitempty"`
	Help                 *Text          `json:"help,omitempty"`
	HelpURI              string         `json:"helpUri,omitempty"`
	DefaultConfiguration *Configuration `json:"defaultConfiguration,omitempty"`
	Properties           *Properties    `json:"properties,omitempty"`
}

// Text is plain text, and Markdown where there is some.
type Text struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

// Configuration holds a rule's severity.
type Configuration struct {
	Level string `json:"level"`
}

// Properties are what code scanning filters by.
type Properties struct {
	Tags     []string `json:"tags"`
	Severity string   `json:"problem.severity"`
}

// Invocation says whether the run was complete.
type Invocation struct {
	ExecutionSuccessful bool           `json:"executionSuccessful"`
	Notifications       []Notification `json:"toolExecutionNotifications"`
}

// Notification is something about the run, not about the code.
type Notification struct {
	Descriptor     Reference  `json:"descriptor"`
	AssociatedRule *Reference `json:"associatedRule,omitempty"`
	Level          string     `json:"level"`
	Message        Text       `json:"message"`
	Locations      []Location `json:"locations"`
}

// Reference names a descriptor by its id and its place in the driver's list.
type Reference struct {
	ID    string `json:"id"`
	Index int    `json:"index"`
}

// Result is one finding.
type Result struct {
	RuleID              string            `json:"ruleId"`
	RuleIndex           int               `json:"ruleIndex"`
	Level               string            `json:"level"`
	Message             Text              `json:"message"`
	Locations           []Location        `json:"locations"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
	Suppressions        []Suppression     `json:"suppressions,omitempty"`
	Fixes               []Fix             `json:"fixes,omitempty"`
}

// Location is a place in a file.
type Location struct {
	PhysicalLocation PhysicalLocation `json:"physicalLocation"`
}

// PhysicalLocation is a file and a stretch of it.
type PhysicalLocation struct {
	ArtifactLocation ArtifactLocation `json:"artifactLocation"`
	Region           Region           `json:"region"`
}

// ArtifactLocation is a file relative to the base that URIBaseID names.
type ArtifactLocation struct {
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId"`
}

// Region is a stretch of a text. Without an end column it reaches to the end of
// its last line.
type Region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn,omitempty"`
}

// Suppression is an accepted finding's comment.
type Suppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

// Fix is a change that removes the finding.
type Fix struct {
	Description     Text             `json:"description"`
	ArtifactChanges []ArtifactChange `json:"artifactChanges"`
}

// ArtifactChange are the changes of one file.
type ArtifactChange struct {
	ArtifactLocation ArtifactLocation `json:"artifactLocation"`
	Replacements     []Replacement    `json:"replacements"`
}

// Replacement puts text in the place of a region.
type Replacement struct {
	DeletedRegion   Region  `json:"deletedRegion"`
	InsertedContent Content `json:"insertedContent"`
}

// Content is text to insert.
type Content struct {
	Text string `json:"text"`
}
