package syntax

// Kind is a node's grammar symbol, the same for the typescript and tsx grammars.
type Kind uint8

// The kinds that the model reads. Every anonymous token (keywords, operators,
// punctuation) is Token; named nodes that nothing reads are Other.
const (
	Other Kind = iota
	Token
	Error
	Identifier
	Comment
	RegexPattern
	RegexFlags
	Number
	PrivatePropertyIdentifier
	This
	Super
	True
	False
	Null
	Undefined
	Program
	ExportStatement
	NamespaceExport
	ExportClause
	ExportSpecifier
	Import
	ImportStatement
	ImportClause
	NamespaceImport
	NamedImports
	ImportSpecifier
	ImportAttribute
	ExpressionStatement
	VariableDeclaration
	LexicalDeclaration
	VariableDeclarator
	StatementBlock
	ElseClause
	IfStatement
	SwitchStatement
	ForStatement
	ForInStatement
	WhileStatement
	DoStatement
	TryStatement
	WithStatement
	BreakStatement
	ContinueStatement
	DebuggerStatement
	ReturnStatement
	ThrowStatement
	EmptyStatement
	LabeledStatement
	SwitchBody
	SwitchCase
	SwitchDefault
	CatchClause
	FinallyClause
	ParenthesizedExpression
	YieldExpression
	Object
	ObjectPattern
	AssignmentPattern
	ObjectAssignmentPattern
	Array
	ArrayPattern
	NestedIdentifier
	Class
	ClassDeclaration
	ClassHeritage
	FunctionExpression
	FunctionDeclaration
	GeneratorFunction
	GeneratorFunctionDeclaration
	ArrowFunction
	OptionalChain
	CallExpression
	NewExpression
	AwaitExpression
	MemberExpression
	SubscriptExpression
	AssignmentExpression
	AugmentedAssignmentExpression
	SpreadElement
	TernaryExpression
	BinaryExpression
	UnaryExpression
	UpdateExpression
	SequenceExpression
	String
	StringFragment
	EscapeSequence
	TemplateString
	TemplateSubstitution
	Regex
	MetaProperty
	Arguments
	Decorator
	ClassBody
	FormalParameters
	ClassStaticBlock
	RestPattern
	MethodDefinition
	Pair
	PairPattern
	ComputedPropertyName
	PublicFieldDefinition
	NonNullExpression
	MethodSignature
	AbstractMethodSignature
	FunctionSignature
	TypeAssertion
	AsExpression
	SatisfiesExpression
	InstantiationExpression
	ImportRequireClause
	ExtendsClause
	ImplementsClause
	AmbientDeclaration
	AbstractClassDeclaration
	Module
	InternalModule
	ImportAlias
	NestedTypeIdentifier
	InterfaceDeclaration
	ExtendsTypeClause
	EnumDeclaration
	EnumBody
	EnumAssignment
	TypeAliasDeclaration
	AccessibilityModifier
	OverrideModifier
	RequiredParameter
	OptionalParameter
	TypeAnnotation
	LiteralType
	GenericType
	ParenthesizedType
	PredefinedType
	TypeArguments
	ObjectType
	PropertySignature
	TypeParameters
	ArrayType
	TupleType
	ReadonlyType
	UnionType
	IntersectionType
	FunctionType
	IndexSignature
	PropertyIdentifier
	ShorthandPropertyIdentifier
	ShorthandPropertyIdentifierPattern
	StatementIdentifier
	TypeIdentifier
	JsxElement
	JsxSelfClosingElement
)

var kindNames = [...]string{
	"other", "token", "ERROR",
	"identifier", "comment", "regex_pattern", "regex_flags", "number", "private_property_identifier",
	"this", "super", "true", "false", "null", "undefined",
	"program", "export_statement", "namespace_export", "export_clause", "export_specifier", "import",
	"import_statement", "import_clause", "namespace_import", "named_imports", "import_specifier", "import_attribute",
	"expression_statement", "variable_declaration", "lexical_declaration", "variable_declarator", "statement_block", "else_clause",
	"if_statement", "switch_statement", "for_statement", "for_in_statement", "while_statement", "do_statement",
	"try_statement", "with_statement", "break_statement", "continue_statement", "debugger_statement", "return_statement",
	"throw_statement", "empty_statement", "labeled_statement", "switch_body", "switch_case", "switch_default",
	"catch_clause", "finally_clause", "parenthesized_expression", "yield_expression", "object", "object_pattern",
	"assignment_pattern", "object_assignment_pattern", "array", "array_pattern", "nested_identifier", "class",
	"class_declaration", "class_heritage", "function_expression", "function_declaration", "generator_function", "generator_function_declaration",
	"arrow_function", "optional_chain", "call_expression", "new_expression", "await_expression", "member_expression",
	"subscript_expression", "assignment_expression", "augmented_assignment_expression", "spread_element", "ternary_expression", "binary_expression",
	"unary_expression", "update_expression", "sequence_expression", "string", "string_fragment", "escape_sequence",
	"template_string", "template_substitution", "regex", "meta_property", "arguments", "decorator",
	"class_body", "formal_parameters", "class_static_block", "rest_pattern", "method_definition", "pair",
	"pair_pattern", "computed_property_name", "public_field_definition", "non_null_expression", "method_signature", "abstract_method_signature",
	"function_signature", "type_assertion", "as_expression", "satisfies_expression", "instantiation_expression", "import_require_clause",
	"extends_clause", "implements_clause", "ambient_declaration", "abstract_class_declaration", "module", "internal_module",
	"import_alias", "nested_type_identifier", "interface_declaration", "extends_type_clause", "enum_declaration", "enum_body",
	"enum_assignment", "type_alias_declaration", "accessibility_modifier", "override_modifier", "required_parameter", "optional_parameter",
	"type_annotation", "literal_type", "generic_type", "parenthesized_type", "predefined_type", "type_arguments",
	"object_type", "property_signature", "type_parameters", "array_type", "tuple_type", "readonly_type",
	"union_type", "intersection_type", "function_type", "index_signature", "property_identifier", "shorthand_property_identifier",
	"shorthand_property_identifier_pattern", "statement_identifier", "type_identifier", "jsx_element", "jsx_self_closing_element",
}

// Field is the grammar's name for a child's role in its parent.
type Field uint8

// The fields that the model reads; NoField marks a child without one.
const (
	NoField Field = iota
	FieldAlias
	FieldAlternative
	FieldArgument
	FieldArguments
	FieldBody
	FieldCondition
	FieldConsequence
	FieldConstraint
	FieldConstructor
	FieldDeclaration
	FieldDecorator
	FieldFinalizer
	FieldFunction
	FieldHandler
	FieldIncrement
	FieldIndex
	FieldInitializer
	FieldKey
	FieldKind
	FieldLabel
	FieldLeft
	FieldModule
	FieldName
	FieldObject
	FieldOperator
	FieldOptionalChain
	FieldParameter
	FieldParameters
	FieldPattern
	FieldProperty
	FieldReturnType
	FieldRight
	FieldSource
	FieldType
	FieldTypeArguments
	FieldTypeParameters
	FieldValue
)

var fieldNames = [...]string{
	"",
	"alias", "alternative", "argument", "arguments", "body", "condition",
	"consequence", "constraint", "constructor", "declaration", "decorator", "finalizer",
	"function", "handler", "increment", "index", "initializer", "key",
	"kind", "label", "left", "module", "name", "object",
	"operator", "optional_chain", "parameter", "parameters", "pattern", "property",
	"return_type", "right", "source", "type", "type_arguments", "type_parameters",
	"value",
}
